import "server-only";

import { headers } from "next/headers";

import type { Schema } from "@/api/client";
import { ask } from "./session";

/** What `/readyz` of the api says, which load balancers go by; why it could not be asked, where it could not. */
export type FoundReadiness = { readiness: Schema<"Readiness">; why: null } | { readiness: null; why: string };

/** Asks the api that this console talks to; the browser cannot, only `/api` is passed on. */
export async function readiness(): Promise<FoundReadiness> {
  await headers(); // outside of `try`, see `findSession`
  try {
    const answer = await ask("/readyz");
    if (answer.ok || answer.status === 503)
      return { readiness: (await answer.json()) as Schema<"Readiness">, why: null };
    return { readiness: null, why: `The api answered ${answer.status}.` };
  } catch (error) {
    console.error("the api does not answer /readyz:", error);
    return { readiness: null, why: "The api does not answer." };
  }
}
