import type { Schema } from "@/api/client";

export type Day = Schema<"Day">;
export const KINDS = ["events", "skipped", "malformed", "duplicates"] as const;
export type Kind = (typeof KINDS)[number];

const DAY_MS = 86_400_000;

/** The sums of each UTC day from the first to the last, days on which nothing came too. */
export function daysOf(
  rows: readonly Day[],
  from: string,
  to: string,
): { starts: number[]; sums: Record<Kind, number[]> } {
  const first = Math.floor(Date.parse(from) / DAY_MS) * DAY_MS;
  const starts: number[] = [];
  for (let at = first; at < Date.parse(to); at += DAY_MS) starts.push(at);
  const sums = Object.fromEntries(KINDS.map((kind) => [kind, starts.map(() => 0)])) as Record<Kind, number[]>;
  for (const row of rows) {
    const place = Math.round((Date.parse(row.day) - first) / DAY_MS);
    for (const kind of KINDS) if (sums[kind][place] !== undefined) sums[kind][place] += row[kind];
  }
  return { starts, sums };
}

/** The receipts that a row sums up. */
export function receiptsHref(by: "source" | "door" | "origin", row: Day): string {
  const to = new Date(Date.parse(row.day) + DAY_MS).toISOString();
  const narrowed: Record<string, string> =
    by === "source"
      ? row.key === ""
        ? {}
        : { source: row.key }
      : by === "door"
        ? { door: row.key }
        : { origin: row.key };
  return `/sources/receipts?${new URLSearchParams({ ...narrowed, from: row.day, to }).toString()}`;
}
