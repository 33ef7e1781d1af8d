// After `next build`: puts what Next's standalone server leaves out (static files, the preloads) beside it, so that its folder runs anywhere, and
// compresses the static files once, as well as it can be done.
import { cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const root = resolve(import.meta.dirname, "..");
const target = join(root, ".next/standalone");
cpSync(join(root, ".next/static"), join(target, ".next/static"), { recursive: true });
if (existsSync(join(root, "public"))) cpSync(join(root, "public"), join(target, "public"), { recursive: true });
for (const name of ["forwarded.cjs", "precompressed.cjs"]) cpSync(join(root, name), join(target, name));

const statics = join(target, ".next/static");
for (const name of readdirSync(statics, { recursive: true })) {
  if (!/\.(js|css)$/.test(name)) continue;
  const content = readFileSync(join(statics, name));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(join(statics, `${name}.br`), brotliCompressSync(content, { params }));
}
