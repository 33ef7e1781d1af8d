/** What the api says went wrong (RFC 9457), or what kept it from saying anything. */
export class Problem extends Error {
  readonly status: number;
  /** Short name of the kind: `not-found`; `offline` where nothing answered. */
  readonly kind: string;
  readonly requestId: string | null;
  readonly errors: { pointer: string; detail: string }[];
  /** When the api takes such a request again (`Retry-After`). */
  readonly retryAfterSeconds: number | null;

  constructor(given: {
    status: number;
    kind: string;
    detail: string;
    requestId?: string | null;
    errors?: { pointer: string; detail: string }[] | null;
    retryAfterSeconds?: number | null;
  }) {
    super(given.detail);
    this.name = "Problem";
    this.status = given.status;
    this.kind = given.kind;
    this.requestId = given.requestId ?? null;
    this.errors = given.errors ?? [];
    this.retryAfterSeconds = given.retryAfterSeconds ?? null;
  }
}

/** Reads the problem out of an answer that is not a success. */
export async function problemOf(response: Response): Promise<Problem> {
  const requestId = response.headers.get("x-request-id");
  const after = response.headers.get("retry-after") ?? "";
  let body: unknown;
  try {
    body = await response.clone().json();
  } catch {
    body = null;
  }
  const given = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const title = typeof given.title === "string" ? given.title : `The answer was ${response.status}`;
  return new Problem({
    status: response.status,
    kind: typeof given.type === "string" ? (given.type.split(/[/:]/).pop() ?? given.type) : "unknown",
    detail: typeof given.detail === "string" && given.detail !== "" ? given.detail : title,
    requestId: typeof given.request_id === "string" ? given.request_id : requestId,
    errors: Array.isArray(given.errors) ? (given.errors as { pointer: string; detail: string }[]) : [],
    retryAfterSeconds: /^\d+$/.test(after) ? Number(after) : null,
  });
}

/** What the api says of one value of the body: of `name`, `/name`. Null where it says nothing of it. */
export function errorOf(error: unknown, name: string): string | null {
  if (!(error instanceof Problem)) return null;
  return error.errors.find((each) => each.pointer.replace(/^#/, "") === `/${name}`)?.detail ?? null;
}

/** Any thrown thing as a Problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) {
    return new Problem({
      status: 0,
      kind: "offline",
      detail: "The console cannot be reached. Check the connection; it is tried again by itself.",
    });
  }
  return new Problem({ status: 0, kind: "unexpected", detail: error instanceof Error ? error.message : String(error) });
}
