"use client";

import { CalendarClock, ChevronLeft, ChevronRight } from "lucide-react";
import { type FormEvent, useCallback, useMemo, useState } from "react";

import { Button, IconButton } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Popover } from "@/components/ui/overlay";
import { useAddress } from "@/lib/address";
import { cn } from "@/lib/cn";
import { RANGES, type Range, fieldTime, rangeLabel, rangeLength, readRange, shifted, writeRange } from "@/lib/ranges";
import { localText, offsetText } from "@/lib/time";
import { useMounted } from "./time";

export type TimeRangeState = Range & {
  /** Chooses the last `24h`. */
  last: (key: string) => void;
  /** Chooses two times (ISO). */
  between: (from: string, to: string) => void;
  /** Moves the end of a relative range to now. */
  renew: () => void;
};

/**
 * The page's range of time, kept in its address as `from` and `to`. Its end stays where it was until it is chosen anew or renewed, so queries
 * can have it in their keys.
 *
 *     const range = useTimeRange("24h");
 *     useQuery({ queryKey: ["hunts", range.from, range.to], ... });
 *     <TimeRange range={range} />
 */
export function useTimeRange(fallback = "24h"): TimeRangeState {
  const { get, push } = useAddress();
  const [now, setNow] = useState(() => Date.now());
  const from = get("from");
  const to = get("to");
  const renew = useCallback(() => setNow(Date.now()), []);
  return useMemo(
    () => ({
      ...readRange(from, to, fallback, now),
      last: (key) => {
        renew();
        push(key === fallback ? { from: null, to: null } : writeRange({ relative: key }));
      },
      between: (start, end) => push(writeRange({ from: start, to: end })),
      renew,
    }),
    [from, to, fallback, now, push, renew],
  );
}

/** Chooses the range: one of the last minutes to days, or two times. `longest` (days) leaves out what is longer. */
export function TimeRange({
  range,
  longest = 90,
  label = "Time range",
  align = "end",
}: {
  range: TimeRangeState;
  longest?: number;
  label?: string;
  align?: "start" | "end";
}) {
  const [open, setOpen] = useState(false);
  const mounted = useMounted();
  const move = (by: -1 | 1) => {
    const next = shifted(range, by, Date.now());
    range.between(next.from, next.to);
  };
  const text =
    range.relative !== null
      ? rangeLabel(range.relative)
      : mounted
        ? `${localText(range.from, "minute")} to ${localText(range.to, "minute")}`
        : "Between two times";
  return (
    <div className="no-print inline-flex min-w-0 items-center">
      <IconButton label="The time before" onClick={() => move(-1)}>
        <ChevronLeft size={14} aria-hidden />
      </IconButton>
      <Popover
        label={label}
        align={align}
        open={open}
        onOpenChange={setOpen}
        className="max-w-[calc(100vw-16px)]"
        trigger={
          <Button className="min-w-0" title={mounted ? `Times are in ${offsetText(new Date(range.to))}` : undefined}>
            <CalendarClock size={14} className="shrink-0" aria-hidden />
            <span className="sr-only">{label}: </span>
            <span className="truncate">{text}</span>
          </Button>
        }
      >
        <Choices
          range={range}
          longest={longest}
          done={(act) => {
            setOpen(false);
            act();
          }}
        />
      </Popover>
      <IconButton label="The time after" disabled={range.relative !== null} onClick={() => move(1)}>
        <ChevronRight size={14} aria-hidden />
      </IconButton>
    </div>
  );
}

function Choices({
  range,
  longest,
  done,
}: {
  range: TimeRangeState;
  longest: number;
  done: (act: () => void) => void;
}) {
  const [from, setFrom] = useState(() => fieldTime(range.from));
  const [to, setTo] = useState(() => fieldTime(range.to));
  const [wrong, setWrong] = useState<string | null>(null);
  const most = longest * 86_400_000;
  const take = (event: FormEvent) => {
    event.preventDefault();
    const start = Date.parse(from);
    const end = Date.parse(to);
    if (Number.isNaN(start) || Number.isNaN(end)) setWrong("Give both times.");
    else if (start >= end) setWrong("The end must lie after the beginning.");
    else if (end - start > most) setWrong(`Choose ${longest} days at most.`);
    else done(() => range.between(new Date(start).toISOString(), new Date(end).toISOString()));
  };
  return (
    <div className="flex flex-col sm:flex-row">
      <ul className="flex flex-col gap-px p-1.5 sm:border-r sm:border-line">
        {RANGES.filter(({ key }) => (rangeLength(key) ?? 0) <= most).map(({ key, label }) => (
          <li key={key}>
            <button
              type="button"
              aria-pressed={range.relative === key}
              onClick={() => done(() => range.last(key))}
              className={cn(
                "flex h-7 w-full items-center rounded-sm px-2 pr-6 text-left whitespace-nowrap hover:bg-hover",
                range.relative === key && "bg-selected font-medium",
              )}
            >
              {label}
            </button>
          </li>
        ))}
      </ul>
      <form onSubmit={take} className="flex flex-col gap-2 p-3">
        <Field label="From">
          {(ids) => (
            <Input
              {...ids}
              type="datetime-local"
              step={1}
              value={from}
              onChange={(event) => setFrom(event.target.value)}
            />
          )}
        </Field>
        <Field label="To" error={wrong}>
          {(ids) => (
            <Input {...ids} type="datetime-local" step={1} value={to} onChange={(event) => setTo(event.target.value)} />
          )}
        </Field>
        <p className="text-sm text-ink-3">Times are in {offsetText(new Date(range.to))}</p>
        <Button type="submit" look="primary" className="self-start">
          Use these times
        </Button>
      </form>
    </div>
  );
}
