import type { Schema } from "@/api/client";
import { SEVERITIES, type Severity } from "@/lib/severity";
import { localText } from "@/lib/time";

const DAY_SECONDS = 86_400;

export type Overview = Schema<"Overview">;
export const DAYS = [1, 7, 30, 90] as const;
export type Days = (typeof DAYS)[number];
export const daysOf = (text: string | null | undefined): Days => DAYS.find((days) => String(days) === text) ?? 7;

/** What the page's server may have read before: null where it could not, and the page asks itself. */
export type Initial = {
  days: Days;
  overview: Overview | null;
  newest: Schema<"Page_Incident_"> | null;
  sources: Schema<"Sources"> | null;
  system: Schema<"System"> | null;
  web: string;
};

/** The stretches of time from the first to the last, those without findings too: beginnings in ms, and counts by severity. */
export function columnsOf(overview: Pick<Overview, "first_at" | "before" | "bucket_seconds" | "findings">): {
  starts: number[];
  counts: Record<Severity, number[]>;
} {
  const step = overview.bucket_seconds * 1000;
  const first = Math.floor(Date.parse(overview.first_at) / step) * step;
  const before = Date.parse(overview.before);
  const starts: number[] = [];
  for (let at = first; at < before; at += step) starts.push(at);
  const counts = Object.fromEntries(SEVERITIES.map((each) => [each, starts.map(() => 0)])) as Record<
    Severity,
    number[]
  >;
  for (const bucket of overview.findings) {
    const place = Math.round((Date.parse(bucket.start_at) - first) / step);
    const column = counts[bucket.level];
    if (column[place] !== undefined) column[place] += bucket.count;
  }
  return { starts, counts };
}

/**
 * What stands below a column: the day where the reader's day begins, which in zones of half hours is within a column; hours besides where there are
 * few columns; nothing below the others.
 */
export function columnLabel(start: number, bucketSeconds: number, columns: number): string {
  const at = new Date(start);
  const day = at.toLocaleDateString(undefined, { day: "numeric", month: "short" });
  const begins = at.toDateString() !== new Date(start - bucketSeconds * 1000).toDateString();
  if (begins || bucketSeconds >= DAY_SECONDS) return day;
  return columns <= 30 && at.getHours() % 3 === 0 ? localText(at).slice(11, 16) : "";
}

/** The findings of one stretch, within the time that was counted. */
export function stretch(overview: Pick<Overview, "first_at" | "before" | "bucket_seconds">, start: number) {
  const from = Math.max(start, Date.parse(overview.first_at));
  const to = Math.min(start + overview.bucket_seconds * 1000, Date.parse(overview.before));
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

/** The list of the open findings that a number counts. */
export function findingsHref(times: { from: string; to: string }, more: Record<string, string> = {}): string {
  return `/findings?${new URLSearchParams({ state: "open", ...more, ...times }).toString()}`;
}

/** The list of the open incidents that a number counts; the queue shows open ones unless told otherwise. */
export function incidentsHref(parameters: Record<string, string>): string {
  const text = new URLSearchParams(parameters).toString();
  return text === "" ? "/incidents" : `/incidents?${text}`;
}

/** `iso` less some days. */
export const daysBefore = (iso: string, days: number): string =>
  new Date(Date.parse(iso) - days * 86_400_000).toISOString();
