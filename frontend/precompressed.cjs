// Serves Next's static files as they were compressed at build time (`scripts/assemble.mjs`), to whoever takes Brotli: a fifth less than gzip on the fly.
const { createReadStream, readdirSync } = require("node:fs");
const { join } = require("node:path");

const PREFIX = "/_next/static/";
const TYPES = { ".js": "application/javascript; charset=UTF-8", ".css": "text/css; charset=UTF-8" };
const root = join(__dirname, ".next/static");

/** Path below PREFIX to the compressed file. Only what is listed here is ever opened. */
const files = new Map();
try {
  for (const name of readdirSync(root, { recursive: true })) {
    if (name.endsWith(".br")) files.set(PREFIX + name.slice(0, -3).replaceAll("\\", "/"), join(root, name));
  }
} catch (error) {
  if (error.code !== "ENOENT") throw error; // a development server has none
}

/** Answers the request, or returns false where it is none for such a file. */
exports.serve = function serve(request, response) {
  if ((request.method !== "GET" && request.method !== "HEAD") || !request.url.startsWith(PREFIX)) return false;
  const path = request.url.split("?", 1)[0];
  const file = files.get(path);
  const type = TYPES[path.slice(path.lastIndexOf("."))];
  if (file === undefined || type === undefined || !/\bbr\b/.test(request.headers["accept-encoding"] ?? ""))
    return false;
  response.writeHead(200, {
    "content-type": type,
    "content-encoding": "br",
    "cache-control": "public, max-age=31536000, immutable",
    vary: "Accept-Encoding",
    "x-content-type-options": "nosniff",
  });
  if (request.method === "HEAD") response.end();
  else
    createReadStream(file)
      .on("error", () => response.destroy())
      .pipe(response);
  return true;
};
