import "server-only";

import { cookies, headers } from "next/headers";

import type { Schema } from "@/api/client";
import { apiBase } from "./api-base";

export type Found = { kind: "in"; session: Schema<"CurrentSession"> } | { kind: "out" } | { kind: "away"; why: string };

/** A read of the api on the person's behalf while a page is made. */
export async function ask(path: string): Promise<Response> {
  const given = await headers();
  const forwarded = given.get("x-forwarded-for");
  return fetch(new URL(path, apiBase()), {
    headers: { cookie: (await cookies()).toString(), ...(forwarded ? { "x-forwarded-for": forwarded } : {}) },
    cache: "no-store",
    signal: AbortSignal.timeout(8_000),
  });
}

/** Who is signed in, asked of the api. */
export async function findSession(): Promise<Found> {
  await headers(); // outside of `try`: it is how Next learns that a page is made anew for each request
  try {
    const answer = await ask("/api/v1/session");
    if (answer.status === 401) return { kind: "out" };
    if (!answer.ok) return { kind: "away", why: `The api answered ${answer.status}.` };
    return { kind: "in", session: (await answer.json()) as Schema<"CurrentSession"> };
  } catch (error) {
    console.error("the api does not answer:", error);
    return { kind: "away", why: "The api does not answer." };
  }
}
