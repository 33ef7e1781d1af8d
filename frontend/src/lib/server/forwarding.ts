import { NextResponse } from "next/server";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** Of one connection, not of the message (RFC 9110 section 7.6.1), or made anew by the next hop. */
const HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
  "expect",
];

/** What a caller may not take away by naming it in `Connection`: whom the request comes from is said by us. */
const KEPT = new Set(["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "cookie", "authorization", "origin"]);

/** Whether the page that sent a request is one of ours: its `Origin` names the host it asked. Reads need none, nor do programs. */
export function isFromOwnPage(request: Request): boolean {
  if (SAFE.has(request.method)) return true;
  const origin = request.headers.get("origin");
  if (origin === null) return true;
  try {
    return new URL(origin).host === request.headers.get("host");
  } catch {
    return false; // `null`, a sandboxed page
  }
}

/** The headers that go on to the api. An `Origin` that was looked at here is replaced by the header that says so. */
export function forwardedHeaders(request: Request): Headers {
  const headers = new Headers(request.headers);
  for (const name of (headers.get("connection") ?? "").split(",")) {
    const listed = name.trim().toLowerCase();
    if (/^[a-z0-9-]+$/.test(listed) && !KEPT.has(listed)) headers.delete(listed);
  }
  for (const name of HOP) headers.delete(name);
  headers.delete("x-middleware-subrequest");
  if (headers.has("origin")) {
    headers.delete("origin");
    headers.set("x-minixdr-request", "1");
  }
  const host = request.headers.get("host");
  if (host !== null) headers.set("x-forwarded-host", host);
  return headers;
}

/** The headers that come back: those that told how the body was packed on the way are gone with the packing. */
export function returnedHeaders(given: Headers): Headers {
  const headers = new Headers(given);
  for (const name of [...HOP, "content-encoding", "content-length"]) headers.delete(name);
  headers.set("x-accel-buffering", "no");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  return headers;
}

/** An RFC 9457 answer of the console's own. */
export function problem(status: number, kind: string, detail: string): NextResponse {
  return new NextResponse(JSON.stringify({ type: kind, title: kind, status, detail }), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
  });
}
