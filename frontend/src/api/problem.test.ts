import { describe, expect, it } from "vitest";

import { Problem, errorOf, problemOf } from "./problem";

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });

describe("what the api says went wrong", () => {
  it("has the last part of the type as its kind", async () => {
    const problem = await problemOf(answer(401, { type: "urn:minixdr:problem:wrong-credentials", title: "Wrong" }));
    expect(problem.kind).toBe("wrong-credentials");
    expect(problem.message).toBe("Wrong");
  });
  it("says when to come back", async () => {
    expect((await problemOf(answer(429, {}, { "retry-after": "30" }))).retryAfterSeconds).toBe(30);
    expect((await problemOf(answer(429, {}))).retryAfterSeconds).toBeNull();
  });
  it("is a problem too where something else than the api answers", async () => {
    const problem = await problemOf(answer(502, "<html>Bad gateway</html>", { "x-request-id": "r1" }));
    expect([problem.status, problem.kind, problem.requestId]).toEqual([502, "unknown", "r1"]);
  });
  it("finds what is said of one value", () => {
    const problem = new Problem({
      status: 422,
      kind: "invalid-request",
      detail: "",
      errors: [{ pointer: "#/new_password", detail: "is too short" }],
    });
    expect(errorOf(problem, "new_password")).toBe("is too short");
    expect(errorOf(problem, "password")).toBeNull();
    expect(errorOf(new Error("x"), "password")).toBeNull();
  });
});
