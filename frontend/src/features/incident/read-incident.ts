import "server-only";

import { cache } from "react";

import { ask } from "@/lib/server/session";
import type { Incident, Seen } from "./incident";

/** The incident as the page is made; null where it could not be read then: the page asks again and says what is wrong. */
export const readIncident = cache(async (incidentId: string): Promise<Seen | null> => {
  try {
    const answer = await ask(`/api/v1/incidents/${encodeURIComponent(incidentId)}`);
    if (!answer.ok) return null;
    return { value: (await answer.json()) as Incident, etag: answer.headers.get("etag") ?? "" };
  } catch (error) {
    console.error("an incident could not be read:", error);
    return null;
  }
});
