// Preloaded before Next's server (`node --require ./forwarded.cjs server.js`): adds the address that a connection comes from to X-Forwarded-For,
// as every proxy does. Next itself only fills the header where it is missing, so a caller could write any address into it. Answers what Next would take
// for a fault of its own (500): an address that cannot be decoded, and TRACE, which no page needs and `fetch` does not pass on.
const http = require("node:http");

const { serve } = require("./precompressed.cjs");

/** What is wrong with a request: a status; null where nothing is. */
function refusal(request) {
  if (request.method === "TRACE") return 405;
  try {
    decodeURIComponent(request.url.split("?", 1)[0]);
  } catch {
    return 400;
  }
  return null;
}

const createServer = http.createServer;
http.createServer = function (...given) {
  const at = given.findIndex((each) => typeof each === "function");
  if (at !== -1) {
    const listener = given[at];
    given[at] = (request, response) => {
      const status = refusal(request);
      if (status !== null) {
        response.writeHead(status, { "cache-control": "no-store", connection: "close" });
        return response.end();
      }
      if (serve(request, response)) return undefined;
      const before = request.headers["x-forwarded-for"];
      const address = request.socket.remoteAddress ?? "unknown";
      request.headers["x-forwarded-for"] = before ? `${before}, ${address}` : address;
      return listener(request, response);
    };
  }
  return createServer.apply(this, given);
};
