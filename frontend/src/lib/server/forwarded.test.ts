import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const original = http.createServer;
let server: http.Server;

beforeAll(async () => {
  createRequire(import.meta.url)("../../../forwarded.cjs");
  server = http.createServer((request: IncomingMessage, response: ServerResponse) =>
    response.end(String(request.headers["x-forwarded-for"])),
  );
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterAll(() => {
  http.createServer = original;
  server.close();
});

/** What comes back for a head that is sent as it is written. */
function answer(line: string, ...headers: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    let text = "";
    socket.on("data", (data) => (text += data.toString()));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
    socket.write([`${line} HTTP/1.1`, "Host: console.example", "Connection: close", ...headers, "", ""].join("\r\n"));
  });
}

describe("before Next's server", () => {
  it("adds where a connection comes from to what the caller says", async () => {
    expect(await answer("GET /overview")).toMatch(/\r\n\r\n(.*\r\n)?127\.0\.0\.1/);
    expect(await answer("GET /overview", "X-Forwarded-For: 203.0.113.9")).toContain("203.0.113.9, 127.0.0.1");
  });
  it("calls an address that cannot be decoded the caller's fault, and takes no TRACE", async () => {
    for (const path of ["/%", "/api/%", "/api/v1/%ff", "/%E0%A4%A"])
      expect(await answer(`GET ${path}`), path).toMatch(/^HTTP\/1\.1 400 /);
    expect(await answer("GET /hunt?query=%")).toMatch(/^HTTP\/1\.1 200 /);
    expect(await answer("TRACE /api/v1/session")).toMatch(/^HTTP\/1\.1 405 /);
  });
});
