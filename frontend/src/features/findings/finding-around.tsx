"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { Loaded } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono, huntHref, quoted } from "@/components/data/value";
import { Select } from "@/components/ui/form";
import { cn } from "@/lib/cn";
import { counted, words } from "@/lib/format";
import { visible } from "@/lib/visible";
import { type EventSummary, apart, byImportance, shifted, summaries } from "./event";
import { Part } from "./section";

const MINUTES = 15;
/** On each side of the finding, the nearest. */
const MOST = 100;
const AT_ONCE = 12;

const named = (entity: Schema<"Named">) => `${entity.type}:${entity.value}`;
const distinct = (entities: Schema<"Named">[]) => [...new Map(entities.map((each) => [named(each), each])).values()];

/** What else one of its entities did in the minutes before and after, all events, not only findings. */
export function FindingAround({ finding }: { finding: Schema<"WholeFinding"> }) {
  const entities = distinct(byImportance(finding.entities));
  const [chosen, setChosen] = useState(0);
  const entity = entities[chosen];
  const times = { from: shifted(finding.time, -MINUTES), to: shifted(finding.time, MINUTES) };
  const query = entity ? `entity = ${quoted(named(entity))}` : "";
  const hunt = useQuery({
    queryKey: ["hunts", "around", query, finding.time],
    queryFn: async (): Promise<{ rows: EventSummary[]; truncated: boolean }> => {
      const side = (order: string, first_at: string, before: string) =>
        data(
          api.POST("/api/v1/hunts/run", {
            body: { query: `${query} | sort time${order}`, first_at, before, limit: MOST },
          }),
        );
      const [earlier, later] = await Promise.all([
        side(" desc", times.from, finding.time),
        side("", finding.time, times.to),
      ]);
      return {
        rows: [...summaries(earlier).reverse(), ...summaries(later)],
        truncated: earlier.truncated || later.truncated,
      };
    },
    enabled: entity !== undefined,
    staleTime: 5 * 60_000,
  });
  if (entity === undefined) return null;
  return (
    <Part
      title="Around it"
      beside={
        <Link href={huntHref(query, times)} prefetch={false} className="text-accent-ink hover:underline">
          Open in hunt
        </Link>
      }
    >
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <label className="flex min-w-0 items-center gap-2 text-ink-2">
          <span className="shrink-0">What else was done by or to</span>
          <Select
            value={chosen}
            onChange={(event) => setChosen(Number(event.target.value))}
            className="max-w-72 min-w-0 flex-1"
          >
            {entities.map((each, index) => (
              <option key={named(each)} value={index}>
                {words(each.type)} {visible(each.value)}
              </option>
            ))}
          </Select>
        </label>
        <span className="text-sm text-ink-3">{MINUTES} min before and after</span>
      </div>
      <Loaded query={hunt} what="The events around it">
        {(found) => <Rows finding={finding} rows={found.rows} truncated={found.truncated} />}
      </Loaded>
    </Part>
  );
}

function Rows({
  finding,
  rows,
  truncated,
}: {
  finding: Schema<"WholeFinding">;
  rows: EventSummary[];
  truncated: boolean;
}) {
  const [all, setAll] = useState(false);
  const own = new Set(finding.event_ids);
  if (rows.length === 0)
    return <p className="text-ink-2">No events in these minutes that are still kept and name it.</p>;
  // The nearest to the finding where not all are shown.
  const at = rows.findIndex((row) => own.has(row.id));
  const from = all ? 0 : Math.max(0, Math.min(rows.length - AT_ONCE, (at < 0 ? rows.length / 2 : at) - AT_ONCE / 2));
  const shown = all ? rows : rows.slice(Math.floor(from), Math.floor(from) + AT_ONCE);
  return (
    <div className="@container">
      <ol className="rounded-md border border-line bg-surface text-sm">
        {shown.map((row) => (
          <li
            key={row.id}
            className={cn(
              "flex min-w-0 items-center gap-2 border-b border-line px-2 py-0.5 last:border-b-0",
              own.has(row.id) && "bg-selected",
            )}
          >
            <span className="w-16 shrink-0 text-right text-ink-2">{apart(row.time, finding.time)}</span>
            <Mono className="min-w-0 flex-1 truncate">
              <span title={visible(row.line)}>{row.line === "" ? "Event" : visible(row.line)}</span>
            </Mono>
            {own.has(row.id) ? <span className="shrink-0 text-ink-2">of this finding</span> : null}
            <span className="hidden shrink-0 text-ink-3 @xl:inline">{row.source}</span>
            <Time value={row.time} className="hidden shrink-0 text-ink-3 @md:inline" />
          </li>
        ))}
      </ol>
      <p className="mt-1 flex flex-wrap items-center gap-x-3 text-sm text-ink-3">
        {truncated
          ? `The nearest ${counted(rows.length, "event")}; open in hunt for all`
          : counted(rows.length, "event")}
        {rows.length > AT_ONCE ? (
          <button type="button" className="text-accent-ink hover:underline" onClick={() => setAll(!all)}>
            {all ? "Show the nearest only" : "Show all"}
          </button>
        ) : null}
      </p>
    </div>
  );
}
