"use client";

import { useQuery } from "@tanstack/react-query";
import { Columns3, Download, Filter, FilterX } from "lucide-react";
import { useMemo, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { RawEvent } from "@/components/data/raw-event";
import { SidePanel } from "@/components/data/side-panel";
import { Loaded, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono } from "@/components/data/value";
import { Section } from "@/components/shell/page";
import { IconButton, buttonClass } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { eventLine } from "@/features/findings/event";
import { number } from "@/lib/format";
import { visible } from "@/lib/visible";
import { Cell, Entities, type OnFilter } from "./cell";
import { written } from "./query";
import { entityOf, textOf } from "./results";

type Event = Omit<Schema<"Event">, "doubts"> & { doubts: string[][] };
type Shown = { name: string; value: unknown };

/** All of one event: what was read of it, what no attribute took, and its record as it arrived. */
export function EventPanel({
  eventId,
  around,
  columns,
  onColumn,
  onFilter,
  onClose,
}: {
  eventId: string;
  /** Its time where it is known: makes the look-up quick. */
  around: string | undefined;
  columns?: readonly string[];
  /** Where the list beside it has columns to choose. */
  onColumn?: (name: string) => void;
  onFilter: OnFilter;
  onClose: () => void;
}) {
  const more = columns !== undefined && onColumn !== undefined ? { columns, onColumn } : {};
  const event = useQuery({
    queryKey: ["events", eventId],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/events/{event_id}", {
          params: { path: { event_id: eventId }, query: around ? { around } : {} },
          signal,
        }),
      ),
    staleTime: Infinity,
  });
  return (
    <SidePanel
      title={event.data ? eventLine(event.data.attributes) || "Event" : "Event"}
      onClose={onClose}
      actions={
        <a
          href={`/api/v1/events/${eventId}/raw${around ? `?${new URLSearchParams({ around }).toString()}` : ""}`}
          download
          className={buttonClass("quiet", true)}
        >
          <Download size={13} aria-hidden />
          Record
        </a>
      }
    >
      <Loaded query={event} what="The event">
        {(found) => <Detail event={found} {...more} onFilter={onFilter} />}
      </Loaded>
    </SidePanel>
  );
}

function Detail({
  event,
  columns,
  onColumn,
  onFilter,
}: {
  event: Event;
  columns?: readonly string[];
  /** Where the list beside it has columns to choose. */
  onColumn?: (name: string) => void;
  onFilter: OnFilter;
}) {
  const [words, setWords] = useState("");
  const needle = words.trim().toLowerCase();
  const attributes = useMemo(() => listed(event.attributes), [event]);
  const unmapped = useMemo(() => leavesOf(event.unmapped), [event]);
  const fits = (each: Shown) => `${each.name} ${textOf(each.value)}`.toLowerCase().includes(needle);
  const entities = event.entities.map(entityOf).filter((each) => each !== null);
  return (
    <div className="flex flex-col gap-5 p-4">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <Fact name="Time">
          <Time value={event.time} parts="milli" />
          {event.time_known === false ? <span className="text-warn-ink"> (the record says no time)</span> : null}
        </Fact>
        <Fact name="Received">
          <Time value={event.received_at} />
        </Fact>
        <Fact name="Source">
          <Cell name="source" value={event.source} onFilter={onFilter} />
        </Fact>
        <Fact name="OCSF class">
          <Cell name="class_uid" value={event.class_uid} onFilter={onFilter} />
        </Fact>
        <Fact name="Entities">
          <Entities wrap entities={event.entities} onFilter={onFilter} />
        </Fact>
        {event.origin ? (
          <Fact name="Origin">
            <Mono>{event.origin}</Mono>
            {event.record ? <span className="text-ink-3">, record {number(event.record)}</span> : null}
          </Fact>
        ) : null}
        <Fact name="Event">
          <Mono>{event.event_id}</Mono>
        </Fact>
      </dl>
      {event.doubts.length > 0 ? (
        <Notice>Not to be relied on: {event.doubts.map(([name, reason]) => `${name} (${reason})`).join("; ")}</Notice>
      ) : null}
      <Section
        title="Attributes"
        beside={
          <Input
            aria-label="Search in the event"
            placeholder="Search in the event"
            className="h-6 w-48 text-sm"
            value={words}
            onChange={(change) => setWords(change.target.value)}
          />
        }
      >
        <List
          items={attributes.filter(fits)}
          entities={event.entities}
          {...(columns && onColumn ? { columns, onColumn } : {})}
          onFilter={onFilter}
        />
        {unmapped.length > 0 ? (
          <>
            <h3 className="mt-3 mb-1 text-sm text-ink-3">What no attribute took, by the names of the record itself</h3>
            <List items={unmapped.filter(fits)} onFilter={onFilter} />
          </>
        ) : null}
      </Section>
      <Section title="Record">
        <RawEvent raw={event.raw} attributes={event.attributes} entities={entities} />
      </Section>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function List({
  items,
  entities,
  columns,
  onColumn,
  onFilter,
}: {
  items: Shown[];
  entities?: readonly string[];
  columns?: readonly string[];
  onColumn?: (name: string) => void;
  onFilter: OnFilter;
}) {
  if (items.length === 0) return <p className="text-ink-2">None has this in it</p>;
  return (
    <ul>
      {items.map(({ name, value }) => {
        const simple = value === null || typeof value !== "object" || Array.isArray(value);
        return (
          <li
            key={name}
            className="group relative grid grid-cols-[minmax(120px,38%)_1fr] items-baseline gap-x-3 border-b border-line py-0.5"
          >
            <span className="font-mono text-[12px] break-all text-ink-2">{visible(name)}</span>
            <span className="min-w-0 pr-1 font-mono text-[12px] break-all [&_a]:break-all [&_a]:whitespace-normal">
              <Cell name={name} value={value} onFilter={onFilter} entities={entities} />
            </span>
            <span className="absolute top-0 right-0 flex rounded-md bg-surface opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
              {simple && value !== null ? (
                <>
                  <IconButton small label={`Filter for ${name}`} onClick={() => onFilter(name, value, false)}>
                    <Filter size={12} aria-hidden />
                  </IconButton>
                  <IconButton small label={`Filter out ${name}`} onClick={() => onFilter(name, value, true)}>
                    <FilterX size={12} aria-hidden />
                  </IconButton>
                </>
              ) : null}
              {onColumn ? (
                <IconButton
                  small
                  label={columns?.includes(name) ? `Leave the column ${name} out` : `Show ${name} as a column`}
                  aria-pressed={columns?.includes(name)}
                  onClick={() => onColumn(name)}
                >
                  <Columns3 size={12} aria-hidden />
                </IconButton>
              ) : null}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

const listed = (attributes: Record<string, unknown>): Shown[] =>
  Object.entries(attributes)
    .map(([name, value]) => ({ name, value }))
    .sort((one, other) => one.name.localeCompare(other.name));

/** What was not mapped, each leaf under the name that a query has for it. */
function leavesOf(value: Record<string, unknown>): Shown[] {
  const found: Shown[] = [];
  const walk = (path: string[], each: unknown) => {
    if (typeof each === "object" && each !== null && !Array.isArray(each)) {
      for (const [key, inner] of Object.entries(each)) walk([...path, key], inner);
      return;
    }
    const name = written(path);
    if (name !== null) found.push({ name, value: each });
  };
  walk(["unmapped"], value);
  return found;
}
