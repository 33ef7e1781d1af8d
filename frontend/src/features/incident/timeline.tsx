"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";

import { SeverityMark } from "@/components/data/severity";
import { Time } from "@/components/data/time";
import { Value } from "@/components/data/value";
import { tacticName } from "@/lib/attack";
import { cn } from "@/lib/cn";
import { number } from "@/lib/format";
import { durationText } from "@/lib/time";
import { visible } from "@/lib/visible";
import type { Incident, TimelineItem } from "./incident";
import { type Why, distinct, whys } from "./story-model";

const ENTITIES = 3;

/** Its findings in event time, each with why it is here. The scroller is the page's: only rows in sight are drawn. */
export function Timeline({
  incident,
  items,
  scroller,
  openId,
  onOpen,
}: {
  incident: Incident;
  items: readonly TimelineItem[];
  scroller: HTMLElement | null;
  openId: string;
  onOpen: (findingId: string) => void;
}) {
  const list = useRef<HTMLOListElement>(null);
  const reasons = useMemo(() => whys(incident), [incident]);
  const titles = useMemo(() => new Map(items.map((item) => [item.finding_id, item.title])), [items]);
  const margin = useRef(0);
  useEffect(() => {
    if (list.current && scroller)
      margin.current =
        list.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
  });
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer is read in this component alone
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller,
    estimateSize: () => 68,
    overscan: 10,
    scrollMargin: margin.current,
    getItemKey: (index) => items[index]?.finding_id ?? index,
  });
  const pressed = (event: KeyboardEvent<HTMLOListElement>) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = Number((event.target as HTMLElement).closest("[data-index]")?.getAttribute("data-index") ?? 0);
    const to = Math.max(0, Math.min(items.length - 1, from + step));
    event.preventDefault();
    virtual.scrollToIndex(to, { align: "auto" });
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-index="${to}"] [data-open]`)?.focus());
  };
  return (
    <ol
      ref={list}
      aria-label="Findings in event time"
      className="relative"
      style={{ height: virtual.getTotalSize() }}
      onKeyDown={pressed}
    >
      {virtual.getVirtualItems().map((row) => {
        const item = items[row.index];
        if (item === undefined) return null;
        const before = items[row.index - 1];
        return (
          <li
            key={row.key}
            ref={virtual.measureElement}
            data-index={row.index}
            aria-posinset={row.index + 1}
            aria-setsize={items.length}
            className={cn(
              "absolute top-0 left-0 flex w-full gap-3 border-b border-line px-4 py-1.5",
              openId === item.finding_id ? "bg-selected" : "hover:bg-hover",
            )}
            style={{ transform: `translateY(${row.start - virtual.options.scrollMargin}px)` }}
          >
            <div className="w-34 shrink-0 text-sm text-ink-2 max-sm:hidden">
              <Time value={item.time} />
              {before ? <Gap from={before.time} to={item.time} /> : null}
            </div>
            <SeverityMark severity={item.level} className="mt-0.5" />
            <div className="min-w-0 flex-1">
              <div className="flex flex-wrap items-baseline gap-x-2">
                <button
                  type="button"
                  data-open
                  onClick={() => onOpen(item.finding_id)}
                  aria-pressed={openId === item.finding_id}
                  className="text-left font-medium hover:underline"
                >
                  {item.title}
                </button>
                <span className="text-sm text-ink-3">{item.tactics.map(tacticName).join(", ")}</span>
                <span className="text-sm text-ink-3 sm:hidden">
                  <Time value={item.time} />
                </span>
              </div>
              <p className="text-sm text-ink-2">
                <WhyText why={reasons.get(item.finding_id) ?? { kind: "unknown" }} titles={titles} />
              </p>
              <p className="flex flex-wrap gap-x-2 text-sm">
                {distinct(item.entities)
                  .slice(0, ENTITIES)
                  .map((entity) => (
                    <Value
                      key={`${entity.type} ${entity.value}`}
                      value={entity.value}
                      entity={entity.type}
                      className="max-w-64"
                    />
                  ))}
                {distinct(item.entities).length > ENTITIES ? (
                  <span className="text-ink-3">and {number(distinct(item.entities).length - ENTITIES)} more</span>
                ) : null}
              </p>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function Gap({ from, to }: { from: string; to: string }) {
  const seconds = (new Date(to).getTime() - new Date(from).getTime()) / 1000;
  return (
    <span className="block text-ink-3">{seconds < 1 ? "at the same time" : `${durationText(seconds)} later`}</span>
  );
}

export function WhyText({ why, titles }: { why: Why; titles: ReadonlyMap<string, string> }) {
  if (why.kind === "first") return <>The first finding of the incident</>;
  if (why.kind === "repeat")
    return <>Repeats “{titles.get(why.of) ?? "a finding"}”: the same rule and entities, within a quarter of an hour</>;
  if (why.kind === "joined")
    return (
      <>
        Joined because of {visible(why.reason)}
        {why.to && titles.has(why.to) ? <span className="text-ink-3"> (as “{titles.get(why.to)}”)</span> : null}
      </>
    );
  return <>Why it joined is not kept</>;
}
