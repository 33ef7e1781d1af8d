"use client";

import { useMemo } from "react";

import { SeverityMark } from "@/components/data/severity";
import { Time } from "@/components/data/time";
import { tacticName } from "@/lib/attack";
import { counted, words } from "@/lib/format";
import { cn } from "@/lib/cn";
import { durationText } from "@/lib/time";
import type { TimelineItem } from "./incident";
import { phases } from "./story-model";

const INK = {
  critical: "bg-critical",
  high: "bg-high",
  medium: "bg-medium",
  low: "bg-low",
  informational: "bg-informational",
} as const;

/** The phases of the kill chain on the axis of event time: a row a tactic, a mark a finding. */
export function PhaseAxis({
  items,
  openId,
  onOpen,
}: {
  items: readonly TimelineItem[];
  openId?: string;
  onOpen: (findingId: string) => void;
}) {
  const { rows, from, to } = useMemo(() => phases(items), [items]);
  if (rows.length === 0) return <p className="text-ink-2">None of its findings has a tactic of ATT&CK.</p>;
  return (
    <div>
      <ul className="border-y border-line">
        {rows.map((row) => (
          <li key={row.tactic} className="flex h-6 items-center border-b border-line last:border-0">
            <span
              className="w-32 shrink-0 truncate pr-2 text-sm text-ink-2 sm:w-40"
              title={`${tacticName(row.tactic)} (${row.tactic})`}
            >
              {tacticName(row.tactic)}
            </span>
            <span
              className="w-8 shrink-0 pr-2 text-right text-sm text-ink-3"
              aria-label={counted(row.marks.length, "finding")}
            >
              {row.marks.length}
            </span>
            <div className="relative mr-3 h-full min-w-0 flex-1">
              <span
                aria-hidden
                className="absolute top-1/2 h-px bg-line-strong"
                style={{ left: `${row.from * 100}%`, width: `${(row.to - row.from) * 100}%` }}
              />
              {row.marks.map(({ at, item }, index) => (
                <button
                  key={`${item.finding_id}-${index}`}
                  type="button"
                  tabIndex={-1}
                  aria-hidden
                  title={`${words(item.level)}: ${item.title}`}
                  onClick={() => onOpen(item.finding_id)}
                  className="absolute top-0 flex h-full w-3 -translate-x-1/2 items-center justify-center"
                  style={{ left: `${at * 100}%` }}
                >
                  <span
                    className={cn(
                      "block h-3.5 w-1 rounded-[1px] hover:h-5",
                      INK[item.level],
                      openId === item.finding_id && "h-5 ring-2 ring-accent",
                    )}
                  />
                </button>
              ))}
            </div>
          </li>
        ))}
      </ul>
      <div className="mt-1 mr-3 flex justify-between pl-40 text-sm text-ink-3 sm:pl-48">
        <Time value={new Date(from).toISOString()} />
        <span className="hidden sm:inline">
          {to === from ? "event time" : `event time, ${durationText((to - from) / 1000)} in all`}
        </span>
        <Time value={new Date(to).toISOString()} />
      </div>
    </div>
  );
}

/** A finding's mark and title on one line. */
export const FindingTitle = ({ item }: { item: Pick<TimelineItem, "level" | "title"> }) => (
  <span className="inline-flex min-w-0 items-center gap-1.5">
    <SeverityMark severity={item.level} />
    <span className="truncate">{item.title}</span>
  </span>
);
