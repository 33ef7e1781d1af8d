import { filterValues } from "@/components/data/filters";
import type { operations } from "@/api/schema";

export type FindingQuery = NonNullable<operations["listFindings"]["parameters"]["query"]>;

/** What the rail offers, with the parameter of the address and of the api; some can be several values, some one. */
export const FACETS = [
  { name: "level", label: "Severity", several: true },
  { name: "state", label: "State", several: true },
  { name: "verdict", label: "Verdict", several: true },
  { name: "rule", label: "Rule", several: true },
  { name: "source", label: "Source", several: true },
  { name: "tactic", label: "Tactic", several: false },
  { name: "technique", label: "Technique", several: false },
  { name: "kind", label: "Kind", several: true },
] as const;
export type FacetName = (typeof FACETS)[number]["name"];

/** What a filter withholds is looked at where it is asked for. */
export const DEFAULTS: Partial<Record<FacetName, readonly string[]>> = { state: ["open"] };
/** Parameters that are filters and no facets. */
export const OTHERS = ["text", "entity", "entity_type", "incident", "event"] as const;
export const ALL_FILTERS: readonly string[] = [...FACETS.map((each) => each.name), ...OTHERS];

type Read = { get: (name: string) => string; all: (name: string) => string[] };

export const chosenOf = (address: Read, name: FacetName): readonly string[] =>
  filterValues(address.all(name), DEFAULTS[name] ?? []);

/** What the api is asked for what the address says; `without` leaves a facet's own choice out, so that its other values are counted too. */
export function findingQuery(
  address: Read,
  times: { first_at?: string; before?: string },
  without?: FacetName,
): FindingQuery {
  const query: Record<string, string | string[]> = {};
  for (const { name, several } of FACETS) {
    if (name === without) continue;
    const values = chosenOf(address, name);
    if (values.length > 0) query[name] = several ? [...values] : (values[0] ?? "");
  }
  for (const name of OTHERS) {
    const value = address.get(name);
    if (value !== "") query[name] = value;
  }
  return { ...query, ...times };
}
