import { type NextRequest, NextResponse } from "next/server";

import { apiBase } from "@/lib/server/api-base";
import { forwardedHeaders, isFromOwnPage, problem, returnedHeaders } from "@/lib/server/forwarding";

export const dynamic = "force-dynamic";

/** Passes a request on to the api whose address is read when it is asked, and its answer back as it comes: streams too. */
async function forward(request: NextRequest): Promise<Response> {
  if (!isFromOwnPage(request)) {
    return problem(403, "cross-site", "This request comes from a page of another site.");
  }
  const target = new URL(request.nextUrl.pathname + request.nextUrl.search, apiBase());
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  try {
    const answer = await fetch(target, {
      method: request.method,
      headers: forwardedHeaders(request),
      body: hasBody ? request.body : undefined,
      // @ts-expect-error -- Node needs it for a body that is a stream; the type is the browser's
      duplex: "half",
      redirect: "manual",
      cache: "no-store",
      signal: request.signal,
    });
    return new NextResponse(answer.body, {
      status: answer.status,
      statusText: answer.statusText,
      headers: returnedHeaders(answer.headers),
    });
  } catch (error) {
    if (request.signal.aborted) return new NextResponse(null, { status: 499 });
    console.error(`api at ${apiBase().origin} did not answer ${request.method} ${request.nextUrl.pathname}:`, error);
    return problem(
      502,
      "api-unreachable",
      "The console runs, but the api behind it does not answer. Try again; if it stays, see the api's log.",
    );
  }
}

export {
  forward as GET,
  forward as POST,
  forward as PUT,
  forward as PATCH,
  forward as DELETE,
  forward as HEAD,
  forward as OPTIONS,
};
