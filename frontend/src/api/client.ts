import createClient from "openapi-fetch";

import { problemOf } from "./problem";
import type { components, paths } from "./schema";

/** The shapes of the api by name: `Schema<"Incident">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/**
 * The api's client, typed by its OpenAPI document. An answer that is not a success is thrown as a `Problem`.
 *
 *     const page = await data(api.GET("/api/v1/incidents", { params: { query: { limit: 50 } } }));
 */
export const api = createClient<paths>({
  baseUrl: typeof window === "undefined" ? "http://unused.invalid" : window.location.origin,
  credentials: "same-origin",
  headers: { "x-minixdr-request": "1" },
  // Lists repeat the name: state=new&state=triage.
  querySerializer: { array: { style: "form", explode: true } },
  fetch: (request) => globalThis.fetch(request),
});

let pageOf: string | null = null;

/**
 * Says whose page this is: `<user id>/<organization id>`. The api refuses it once the browser's session looks elsewhere, which another tab may have
 * brought about.
 */
export function sendAsPageOf(whose: string): void {
  if (typeof window !== "undefined") pageOf = whose; // a server has pages of many
}

api.use({
  onRequest({ request, schemaPath }) {
    if (pageOf !== null && schemaPath !== "/api/v1/session") request.headers.set("x-minixdr-page-of", pageOf);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    const problem = await problemOf(response);
    // A wrong password or code is 401 too, and says nothing of the session.
    if (response.status === 401 && problem.kind === "unauthenticated" && typeof window !== "undefined") {
      window.dispatchEvent(new CustomEvent("minixdr:signed-out"));
    }
    if (problem.kind === "another-page" && typeof window !== "undefined") {
      window.dispatchEvent(new CustomEvent("minixdr:elsewhere"));
    }
    throw problem;
  },
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The body of an answer. */
export async function data<T>(answer: Promise<Answer<T>>): Promise<T> {
  return (await answer).data as T;
}

/** The body of an answer and its ETag, for `If-Match` when it is changed. */
export async function tagged<T>(answer: Promise<Answer<T>>): Promise<{ value: T; etag: string }> {
  const { data: value, response } = await answer;
  return { value: value as T, etag: response.headers.get("etag") ?? "" };
}
