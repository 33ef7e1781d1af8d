// Preloaded before Next's server (`node --require ./forwarded.cjs server.js`): adds the address that a connection comes from to X-Forwarded-For,
// as every proxy does. Next itself only fills the header where it is missing, so a caller could write any address into it.
const http = require("node:http");

const { serve } = require("./precompressed.cjs");

const createServer = http.createServer;
http.createServer = function (...given) {
  const at = given.findIndex((each) => typeof each === "function");
  if (at !== -1) {
    const listener = given[at];
    given[at] = (request, response) => {
      if (serve(request, response)) return undefined;
      const before = request.headers["x-forwarded-for"];
      const address = request.socket.remoteAddress ?? "unknown";
      request.headers["x-forwarded-for"] = before ? `${before}, ${address}` : address;
      return listener(request, response);
    };
  }
  return createServer.apply(this, given);
};
