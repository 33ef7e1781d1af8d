import { describe, expect, it } from "vitest";

import { forwardedHeaders, isFromOwnPage, returnedHeaders } from "./forwarding";

const asked = (method: string, headers: Record<string, string>) =>
  new Request("http://console.example/api/v1/session", { method, headers });

describe("where a request comes from", () => {
  it("takes changes of its own pages and of programs", () => {
    expect(isFromOwnPage(asked("POST", { host: "console.example", origin: "http://console.example" }))).toBe(true);
    expect(isFromOwnPage(asked("POST", { host: "console.example" }))).toBe(true);
  });
  it("refuses changes of other sites, of sandboxed pages and of other ports", () => {
    for (const origin of [
      "https://evil.example",
      "null",
      "http://console.example:81",
      "http://console.example.evil.example",
    ]) {
      expect(isFromOwnPage(asked("DELETE", { host: "console.example", origin })), origin).toBe(false);
    }
  });
  it("lets everybody read: the cookie is SameSite and answers are not shared", () => {
    expect(isFromOwnPage(asked("GET", { host: "console.example", origin: "https://evil.example" }))).toBe(true);
  });
});

describe("headers", () => {
  it("does not pass on what is of one connection, nor an Origin it looked at", () => {
    const headers = forwardedHeaders(
      asked("POST", {
        host: "console.example",
        origin: "http://console.example",
        connection: "keep-alive, x-secret",
        "x-secret": "1",
        cookie: "a=b",
        "if-match": '"3"',
      }),
    );
    expect([...headers.keys()].sort()).toEqual(["cookie", "if-match", "x-forwarded-host", "x-minixdr-request"]);
  });
  it("keeps whom a request comes from, whatever the caller calls its connection's own", () => {
    const headers = forwardedHeaders(
      asked("POST", {
        host: "console.example",
        origin: "http://console.example",
        "x-forwarded-for": "198.51.100.7",
        connection: "close, X-Forwarded-For, Origin",
      }),
    );
    expect(headers.get("x-forwarded-for")).toBe("198.51.100.7");
    expect(headers.get("x-minixdr-request")).toBe("1");
  });
  it("says nothing of a page where none was named", () => {
    expect(forwardedHeaders(asked("POST", { host: "console.example" })).has("x-minixdr-request")).toBe(false);
  });
  it("keeps each cookie of an answer and drops its packing", () => {
    const given = new Headers([
      ["set-cookie", "a=1; HttpOnly"],
      ["set-cookie", "b=2"],
      ["content-encoding", "gzip"],
      ["etag", '"4"'],
    ]);
    const headers = returnedHeaders(given);
    expect(headers.getSetCookie()).toEqual(["a=1; HttpOnly", "b=2"]);
    expect(headers.has("content-encoding")).toBe(false);
    expect(headers.get("etag")).toBe('"4"');
    expect(headers.get("cache-control")).toBe("no-store");
  });
});
