"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Download } from "lucide-react";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { RawEvent } from "@/components/data/raw-event";
import { Loaded } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono } from "@/components/data/value";
import { counted, number } from "@/lib/format";
import { visible } from "@/lib/visible";
import { type EventSummary, apart, eventLine, keptEvent, shifted, summaries } from "./event";
import { Part } from "./section";

const AT_ONCE = 20;

const useEvent = (eventId: string, around: string, enabled = true) =>
  useQuery({
    queryKey: ["events", eventId],
    queryFn: () =>
      data(api.GET("/api/v1/events/{event_id}", { params: { path: { event_id: eventId }, query: { around } } })),
    staleTime: Infinity,
    enabled,
  });

/** The record it rests on with what decided marked; of a correlation each of its records. */
export function FindingRecords({ finding }: { finding: Schema<"WholeFinding"> }) {
  const kept = keptEvent(finding);
  if (finding.event_ids.length > 1 || kept === null) return <Several finding={finding} />;
  return <One finding={finding} />;
}

function One({ finding }: { finding: Schema<"WholeFinding"> }) {
  const kept = keptEvent(finding);
  const event = useEvent(kept?.id ?? "", finding.time, kept !== null && !kept.whole);
  if (kept === null) return null;
  return (
    <Part title="Record" beside={<SavedAs eventId={kept.id} around={finding.time} />}>
      {kept.whole ? (
        <RawEvent raw={kept.raw} marked={finding.matched} attributes={kept.attributes} entities={finding.entities} />
      ) : (
        <Loaded query={event} what="The record">
          {(whole) => (
            <RawEvent
              raw={whole.raw}
              marked={finding.matched}
              attributes={whole.attributes}
              entities={finding.entities}
            />
          )}
        </Loaded>
      )}
      {kept.doubts.length > 0 ? (
        <p className="mt-1.5 text-sm text-ink-2">
          Not to be relied on:{" "}
          {kept.doubts.map((each, index) => (
            <span key={each.attribute}>
              {index > 0 ? "; " : ""}
              <Mono>{each.attribute}</Mono> ({each.reason})
            </span>
          ))}
        </p>
      ) : null}
      <p className="mt-1.5 text-sm break-all text-ink-3">
        Record {number(finding.record)} of <Mono>{finding.file}</Mono>, received as batch{" "}
        <Mono>{finding.batch_id}</Mono>
      </p>
    </Part>
  );
}

function SavedAs({ eventId, around }: { eventId: string; around: string }) {
  return (
    <a
      href={`/api/v1/events/${eventId}/raw?${new URLSearchParams({ around }).toString()}`}
      download
      className="inline-flex items-center gap-1 text-accent-ink hover:underline"
    >
      <Download size={12} aria-hidden />
      Download
    </a>
  );
}

const MINUTES_OF_DAYS = 7 * 24 * 60;

/** Each event in a line, in one question; an event that it does not find shows its line once it is opened. */
function useLines(finding: Schema<"WholeFinding">, ids: string[]): Map<string, EventSummary> {
  const lines = useQuery({
    queryKey: ["hunts", "events-of", finding.finding_id, ids.length],
    queryFn: async () => {
      const query = `event_id in (${ids.map((id) => `"${id}"`).join(", ")})`;
      const times = { first_at: shifted(finding.time, -MINUTES_OF_DAYS), before: shifted(finding.time, 1) };
      return summaries(await data(api.POST("/api/v1/hunts/run", { body: { query, ...times, limit: ids.length } })));
    },
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
  return new Map((lines.data ?? []).map((each) => [each.id, each]));
}

function Several({ finding }: { finding: Schema<"WholeFinding"> }) {
  const [most, setMost] = useState(AT_ONCE);
  const ids = finding.event_ids;
  const lines = useLines(finding, ids.slice(0, most));
  return (
    <Part title="Records" beside={`${counted(ids.length, "event")}, in time order`}>
      <ol className="rounded-md border border-line bg-surface">
        {ids.slice(0, most).map((id, index) => (
          <EventRow
            key={id}
            finding={finding}
            eventId={id}
            line={lines.get(id)}
            position={index + 1}
            first={index === 0}
          />
        ))}
      </ol>
      {ids.length > most ? (
        <button
          type="button"
          className="mt-1 text-sm text-accent-ink hover:underline"
          onClick={() => setMost(most + 100)}
        >
          Show {number(Math.min(100, ids.length - most))} more of {number(ids.length)}
        </button>
      ) : null}
    </Part>
  );
}

function EventRow({
  finding,
  eventId,
  line,
  position,
  first,
}: {
  finding: Schema<"WholeFinding">;
  eventId: string;
  line: EventSummary | undefined;
  position: number;
  first: boolean;
}) {
  const [open, setOpen] = useState(first);
  const event = useEvent(eventId, finding.time, open);
  const shown = event.data ? { time: event.data.time, line: eventLine(event.data.attributes) } : line;
  return (
    <li className="min-w-0 border-b border-line last:border-b-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex h-7 w-full min-w-0 items-center gap-2 px-2 text-left text-sm hover:bg-hover"
      >
        {open ? <ChevronDown size={12} aria-hidden /> : <ChevronRight size={12} aria-hidden />}
        <span className="w-8 shrink-0 text-right text-ink-3">{number(position)}</span>
        {shown ? (
          <>
            <Time value={shown.time} parts="milli" className="shrink-0 whitespace-nowrap" />
            <span className="w-14 shrink-0 text-right text-ink-3">{apart(shown.time, finding.time)}</span>
            <Mono className="min-w-0 flex-1 truncate">{shown.line === "" ? eventId : visible(shown.line)}</Mono>
          </>
        ) : (
          <Mono className="text-ink-3">{eventId}</Mono>
        )}
      </button>
      {open ? (
        <div className="px-2 pb-2">
          <Loaded query={event} what="The event">
            {(found) => (
              <RawEvent
                raw={found.raw}
                marked={finding.matched}
                attributes={found.attributes}
                entities={finding.entities}
              />
            )}
          </Loaded>
        </div>
      ) : null}
    </li>
  );
}
