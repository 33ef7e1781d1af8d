import type { Metadata } from "next";
import { Suspense } from "react";

import { queryText, queueQuery, viewText } from "@/features/incidents/address";
import { type FirstPage, Queue } from "@/features/incidents/queue";
import { ask } from "@/lib/server/session";

export const metadata: Metadata = { title: "Incidents" };

type Given = { searchParams: Promise<Record<string, string | string[] | undefined>> };

/** Reads the first page for the reader, so that it is there at once. Where that fails the browser reads it, and says what is wrong. */
async function readFirst(given: Awaited<Given["searchParams"]>): Promise<FirstPage | null> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(given))
    for (const each of Array.isArray(value) ? value : [value ?? ""]) search.append(name, each);
  const view = viewText(search.toString());
  const at = Date.now();
  try {
    const answer = await ask(`/api/v1/incidents?${queryText({ ...queueQuery(view, at), limit: 100 })}`);
    if (!answer.ok) return null;
    return { view, at, page: (await answer.json()) as FirstPage["page"] };
  } catch (error) {
    console.error("the first page of incidents could not be read:", error);
    return null;
  }
}

export default async function IncidentsPage({ searchParams }: Given) {
  const first = await readFirst(await searchParams);
  return (
    <Suspense>
      <Queue first={first} />
    </Suspense>
  );
}
