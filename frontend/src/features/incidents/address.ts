/** The queue's address: names are those of the api's parameters, so that a saved view, an export and a link say the same. */

import type { Schema } from "@/api/client";
import type { operations } from "@/api/schema";
import { ANY, filterValues } from "@/lib/filters";
import { rangeLength } from "@/lib/ranges";

export type Incident = Schema<"Incident">;
export type QueueQuery = NonNullable<operations["listIncidents"]["parameters"]["query"]>;
export type Sort = NonNullable<QueueQuery["sort"]>;

export const OPEN_STATES: readonly Incident["state"][] = ["new", "triage", "contained"];
export const STATES: readonly Incident["state"][] = ["new", "triage", "contained", "resolved", "closed"];
export const VERDICTS = ["true_positive", "false_positive", "benign", "undetermined"] as const;
export const DEFAULT_SORT: Sort = "severity";
/** Parameters that narrow the list. */
export const FILTERS = [
  "state", "severity", "verdict", "assignee", "tactic", "technique", "entity_type", "entity", "text", "breached", "from", "to",
  "created_before",
] as const; // prettier-ignore
/** What makes a view: the filters and the order, not what is open. */
const VIEW = [...FILTERS, "sort"];

/** Returns what the api is asked for an address. `now`: what relative times are counted from (ms). */
export function queueQuery(search: string, now: number): QueueQuery & { sort: Sort } {
  const given = new URLSearchParams(search);
  const one = (name: string) => given.get(name) ?? undefined;
  const query = {
    state: filterValues(given.getAll("state"), OPEN_STATES),
    severity: filterValues(given.getAll("severity")),
    verdict: filterValues(given.getAll("verdict")),
    assignee: one("assignee"),
    tactic: one("tactic"),
    technique: one("technique"),
    entity_type: one("entity_type"),
    entity: one("entity"),
    text: one("text"),
    breached: one("breached"),
    first_at: time(one("from"), now),
    before: time(one("to"), now),
    created_before: one("created_before"),
    sort: one("sort") ?? DEFAULT_SORT,
  };
  const full = Object.entries(query).filter(([, value]) => value !== undefined && value.length > 0);
  // What an address says that the api does not know is the api's to refuse, in words.
  return Object.fromEntries(full) as unknown as QueueQuery & { sort: Sort };
}

function time(given: string | undefined, now: number): string | undefined {
  if (given === undefined) return undefined;
  const length = given.startsWith("-") ? rangeLength(given.slice(1)) : null;
  return length === null ? given : new Date(now - length).toISOString();
}

/** The query as text, for the server's read and the export. */
export function queryText(query: QueueQuery): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value]) text.append(name, String(each));
  return text.toString();
}

/** An address in one form: only what makes the view, in one order. */
export function viewText(search: string): string {
  const given = new URLSearchParams(search);
  const text = new URLSearchParams();
  for (const name of VIEW) for (const value of given.getAll(name).sort()) if (value !== "") text.append(name, value);
  if (text.get("sort") === DEFAULT_SORT) text.delete("sort");
  return text.toString();
}

/** Views that everybody has. */
export const BUILT_IN: readonly { name: string; query: string }[] = [
  { name: "Open", query: "" },
  { name: "Mine", query: "assignee=me" },
  { name: "Unassigned", query: "assignee=none" },
  { name: "Late", query: "breached=true&sort=deadline" },
  { name: "All", query: `state=${ANY}&sort=created_at` },
];

/** A sort of the table's headings (`-age` is the greatest first) as the api's, and back. */
export function apiSort(heading: string): Sort {
  return heading === "age" ? "created_at" : (heading.replace("-", "") as Sort);
}
export function headingSort(sort: Sort): string {
  if (sort === "created_at") return "age";
  return sort === "deadline" || sort === "respond_by" ? "deadline" : `-${sort}`;
}
