"use client";

import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { filterAddress } from "@/components/data/filters";
import { SeverityMark } from "@/components/data/severity";
import { Button } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { byKillChain, tacticName } from "@/lib/attack";
import { cn } from "@/lib/cn";
import { compact, words } from "@/lib/format";
import { SEVERITIES, type Severity } from "@/lib/severity";
import { DEFAULTS, FACETS, type FacetName, chosenOf, findingQuery } from "./filters";

const KINDS: Record<string, string> = { sigma: "Rule", sigma_correlation: "Correlation rule", indicator: "Indicator" };
const AT_ONCE = 6;

type Counted = Schema<"FacetValue">;

/** How a value of a facet is called. */
export function facetLabel(name: FacetName, value: string): string {
  if (name === "tactic") return tacticName(value);
  if (name === "kind") return KINDS[value] ?? value;
  if (name === "verdict") return value === "none" ? "None yet" : words(value);
  return name === "level" || name === "state" ? words(value) : value;
}

function ordered(name: FacetName, values: Counted[]): Counted[] {
  if (name === "level")
    return [...values].sort(
      (a, b) => SEVERITIES.indexOf(a.value as Severity) - SEVERITIES.indexOf(b.value as Severity),
    );
  if (name === "tactic") return [...values].sort((a, b) => byKillChain(a.value, b.value));
  return values;
}

/** The facets that something is chosen of are counted without their own choice, the rest in one question. */
export function useFacets(times: { first_at?: string; before?: string }) {
  const address = useAddress();
  const chosen = FACETS.filter(({ name }) => chosenOf(address, name).length > 0).map(({ name }) => name);
  const rest = FACETS.filter(({ name }) => !chosen.includes(name)).map(({ name }) => name);
  const asked: { facets: FacetName[]; without?: FacetName }[] = [
    ...(rest.length > 0 ? [{ facets: rest }] : []),
    ...chosen.map((name) => ({ facets: [name], without: name })),
  ];
  const answers = useQueries({
    queries: asked.map(({ facets, without }) => {
      const query = { ...findingQuery(address, times, without), facet: facets, most: 50 };
      return {
        queryKey: ["findings", "facets", query],
        queryFn: () => data(api.GET("/api/v1/findings/facets", { params: { query } })),
        placeholderData: keepPreviousData,
      };
    }),
  });
  const counts = Object.assign({}, ...answers.map((each) => each.data?.facets ?? {})) as Partial<
    Record<FacetName, Counted[]>
  >;
  const failed = answers.find((each) => each.isError);
  return { counts, failed, loading: answers.some((each) => each.isPending) };
}

/** What there is, by facet, and how many of each: a click narrows the list. */
export function FacetRail({ facets, className }: { facets: ReturnType<typeof useFacets>; className?: string }) {
  return (
    <div className={cn("flex flex-col gap-3 p-3 text-sm", className)}>
      {facets.failed ? (
        <div role="alert" className="text-danger-ink">
          <p>Counts could not be loaded: {asProblem(facets.failed.error).message}</p>
          <Button small className="mt-1" onClick={() => void facets.failed?.refetch()}>
            Try again
          </Button>
        </div>
      ) : null}
      {FACETS.map(({ name, label, several }) => (
        <Facet key={name} name={name} label={label} several={several} values={facets.counts[name]} />
      ))}
    </div>
  );
}

function Facet({
  name,
  label,
  several,
  values,
}: {
  name: FacetName;
  label: string;
  several: boolean;
  values: Counted[] | undefined;
}) {
  const address = useAddress();
  const [all, setAll] = useState(false);
  const chosen = chosenOf(address, name);
  const put = (next: readonly string[]) => address.push({ [name]: filterAddress(next, DEFAULTS[name] ?? []) });
  const toggle = (value: string) => {
    const on = chosen.includes(value);
    if (!several) put(on ? [] : [value]);
    else put(on ? chosen.filter((each) => each !== value) : [...chosen, value]);
  };
  // What is chosen stays to be taken away, though nothing has it now.
  const missing = chosen.filter((value) => !values?.some((each) => each.value === value));
  const rows: Counted[] = [
    ...ordered(name, values ?? []),
    ...(values ? missing.map((value) => ({ value, count: 0, name: null })) : []),
  ];
  if (values !== undefined && rows.length === 0) return null;
  const shown = all ? rows : rows.filter((each, index) => index < AT_ONCE || chosen.includes(each.value));
  return (
    <fieldset className="min-w-0">
      <legend className="mb-0.5 font-medium text-ink-3">{label}</legend>
      {values === undefined ? <div className="skeleton h-12" role="status" aria-label="Loading" /> : null}
      {shown.map((each) => (
        <label
          key={each.value}
          className="flex min-h-6 min-w-0 cursor-pointer items-center gap-1.5 rounded-sm px-1 hover:bg-hover"
        >
          <input
            type="checkbox"
            className="size-3.5 shrink-0 accent-[var(--accent)]"
            checked={chosen.includes(each.value)}
            onChange={() => toggle(each.value)}
          />
          {name === "level" ? (
            <span aria-hidden className="flex">
              <SeverityMark severity={each.value as Severity} />
            </span>
          ) : null}
          <span className="min-w-0 flex-1 truncate" title={each.name ?? facetLabel(name, each.value)}>
            {each.name ?? facetLabel(name, each.value)}
          </span>
          <span className="shrink-0 text-ink-3">{compact(each.count)}</span>
        </label>
      ))}
      {rows.length > AT_ONCE ? (
        <button type="button" className="min-h-6 px-1 text-accent-ink hover:underline" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${rows.length}`}
        </button>
      ) : null}
    </fieldset>
  );
}
