"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/data/states";
import { Select } from "@/components/ui/form";
import { counted, number } from "@/lib/format";

const RANGES = [7, 30, 90, 365] as const;

/** How far back a filter is tried: 30 days, further where the finding it is made from is older. */
export function daysFor(time: string | undefined, now: number = Date.now()): number {
  if (time === undefined) return 30;
  const age = (now - new Date(time).getTime()) / 86_400_000;
  return RANGES.find((days) => days >= 30 && days > age) ?? 365;
}

/** The value once it has stayed the same for so long. */
export function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** What a filter would have withheld of the rules' findings of the last days. */
export const useFilterPreview = (ruleIds: string[], text: string, days: number) =>
  useQuery({
    queryKey: ["rule-filter-previews", ruleIds, text, days],
    queryFn: () => data(api.POST("/api/v1/rule-filter-previews", { body: { rule_ids: ruleIds, text, days } })),
    enabled: text.trim() !== "" && ruleIds.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  });

export function FilterPreview({
  preview,
  days,
  setDays,
  empty,
  findingId,
}: {
  preview: ReturnType<typeof useFilterPreview>;
  days: number;
  setDays: (days: number) => void;
  empty: boolean;
  /** The finding that it is made for. */
  findingId?: string;
}) {
  const found = preview.isError ? undefined : preview.data;
  return (
    <section aria-label="What it would have withheld" className="rounded-md border border-line bg-sunken p-3">
      <div className="mb-2 flex items-center gap-2">
        <h3 className="font-medium">Tried on the last</h3>
        <Select
          aria-label="Days that it is tried on"
          className="h-6 w-auto text-sm"
          value={days}
          onChange={(event) => setDays(Number(event.target.value))}
        >
          {RANGES.map((each) => (
            <option key={each} value={each}>
              {each} days
            </option>
          ))}
        </Select>
        {preview.isFetching && found !== undefined ? <span className="text-sm text-ink-2">Trying …</span> : null}
      </div>
      {empty ? (
        <p className="text-ink-2">Write what it withholds to see what it would have done.</p>
      ) : preview.isError ? (
        <p className="text-ink-2">Nothing was tried: {asProblem(preview.error).message}</p>
      ) : found === undefined ? (
        <div className="skeleton h-12" role="status" aria-label="Loading" />
      ) : (
        <div aria-live="polite" aria-busy={preview.isFetching || undefined}>
          <Numbers found={found} findingId={findingId} />
        </div>
      )}
    </section>
  );
}

function Numbers({ found, findingId }: { found: Schema<"Preview">; findingId?: string }) {
  if (found.tried === 0)
    return (
      <p className="text-ink-2">
        There are no findings of it in these days, so it is not known what the filter withholds. Try it on more days.
        {found.untried > 0 ? ` ${counted(found.untried, "finding")} could not be tried: the event is too large.` : ""}
      </p>
    );
  const numbers: [string, number][] = [
    ["removed", found.withheld],
    ["kept", found.kept],
    ["true positives kept", found.kept_true_positives],
  ];
  return (
    <>
      <dl className="flex flex-wrap gap-x-6 gap-y-1">
        {numbers.map(([label, value]) => (
          <div key={label} className="flex flex-col-reverse">
            <dt className="text-sm text-ink-2">{label}</dt>
            <dd className="text-xl font-semibold">{number(value)}</dd>
          </div>
        ))}
      </dl>
      {found.withheld_true_positives > 0 ? (
        <Notice tone="danger" className="mt-2">
          It goes too far: {counted(found.withheld_true_positives, "finding")} that people called true positives would
          be withheld.
        </Notice>
      ) : null}
      {findingId !== undefined && found.withheld <= found.examples.length && !found.examples.includes(findingId) ? (
        <Notice className="mt-2">This finding would stay: the filter does not hold for it, or it is older.</Notice>
      ) : null}
      {found.examples.length > 0 ? (
        <p className="mt-2 text-sm text-ink-2">
          Removed, the newest:{" "}
          {found.examples.slice(0, 8).map((id, index) => (
            <span key={id}>
              {index > 0 ? ", " : ""}
              <Link href={`/findings/${id}`} target="_blank" className="font-mono text-accent-ink hover:underline">
                {id.slice(0, 8)}
              </Link>
            </span>
          ))}
          {found.withheld > 8 ? ` and ${number(found.withheld - 8)} more` : ""}
        </p>
      ) : null}
      {found.truncated ? (
        <p className="mt-1 text-sm text-ink-2">
          The newest {counted(found.tried, "finding")} were tried; there are more.
        </p>
      ) : null}
      {found.untried > 0 ? (
        <p className="mt-1 text-sm text-ink-2">
          {counted(found.untried, "finding")} could not be tried: the event is too large to be kept beside them.
        </p>
      ) : null}
    </>
  );
}
