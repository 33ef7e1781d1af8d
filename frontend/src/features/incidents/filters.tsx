"use client";

import { useMemo } from "react";

import {
  ChoiceFilter,
  ClearFilters,
  FilterBar,
  FixedFilter,
  type Option,
  PersonFilter,
  TextFilter,
  shownTime,
} from "@/components/data/filters";
import { SeverityMark } from "@/components/data/severity";
import { useAddress } from "@/lib/address";
import { TACTICS } from "@/lib/attack";
import { words } from "@/lib/format";
import { RANGES } from "@/lib/ranges";
import { SEVERITIES } from "@/lib/severity";
import { FILTERS, OPEN_STATES, STATES, VERDICTS } from "./address";

type Facets = Record<string, { value: string; count: number }[]>;

/** The queue's filters, each with how many incidents a choice would give. */
export function Filters({ facets }: { facets: Facets | undefined }) {
  const { get } = useAddress();
  const counts = useMemo(
    () =>
      Object.fromEntries(
        Object.entries(facets ?? {}).map(([name, values]) => [
          name,
          Object.fromEntries(values.map((each) => [each.value, each.count])),
        ]),
      ),
    [facets],
  );
  const of = (name: string, value: string) => (facets ? { count: counts[name]?.[value] ?? 0 } : {});
  const options = (name: string, values: readonly string[], mark?: (value: string) => Option["mark"]): Option[] =>
    values.map((value) => ({ value, label: words(value), ...(mark ? { mark: mark(value) } : {}), ...of(name, value) }));
  const tactics = TACTICS.map(({ id, name }) => ({ value: id, label: name, hint: id, ...of("tactic", id) }));
  const known = new Set((facets?.technique ?? []).map((each) => each.value));
  if (get("technique") !== "") known.add(get("technique"));
  const techniques = [...known].sort().map((id) => ({ value: id, label: id, ...of("technique", id) }));
  const since = get("from");
  return (
    <FilterBar>
      <TextFilter label="Title or number" />
      <ChoiceFilter
        name="state"
        label="State"
        options={options("state", STATES)}
        defaults={OPEN_STATES}
        defaultsLabel="Open"
      />
      <ChoiceFilter
        name="severity"
        label="Severity"
        options={options("severity", SEVERITIES, (value) => (
          <SeverityMark severity={value as (typeof SEVERITIES)[number]} />
        ))}
      />
      <PersonFilter name="assignee" label="Assignee" {...(facets ? { counts: counts.assignee ?? {} } : {})} />
      <ChoiceFilter
        name="verdict"
        label="Verdict"
        options={[...options("verdict", VERDICTS), { value: "none", label: "No verdict", ...of("verdict", "none") }]}
      />
      <ChoiceFilter name="tactic" label="Tactic" single options={tactics} />
      <ChoiceFilter
        name="technique"
        label="Technique"
        single
        options={techniques}
        empty="No incident here names a technique"
      />
      <ChoiceFilter
        name="breached"
        label="Service level"
        single
        options={[
          {
            value: "true",
            label: "Late",
            ...(facets ? { count: (counts.breached?.response ?? 0) + (counts.breached?.close ?? 0) } : {}),
          },
          { value: "false", label: "In time", ...of("breached", "none") },
        ]}
      />
      {since === "" || since.startsWith("-") ? (
        <ChoiceFilter
          name="from"
          label="Active"
          single
          options={RANGES.map(({ key, label }) => ({ value: `-${key}`, label }))}
        />
      ) : (
        <FixedFilter name="from" label="Active since" show={shownTime} />
      )}
      <FixedFilter name="to" label="Active before" show={shownTime} />
      <FixedFilter name="created_before" label="Made before" show={shownTime} />
      <FixedFilter
        name="entity"
        label={get("entity_type") === "" ? "Entity" : words(get("entity_type"))}
        also={["entity_type"]}
      />
      <ClearFilters names={FILTERS} />
    </FilterBar>
  );
}
