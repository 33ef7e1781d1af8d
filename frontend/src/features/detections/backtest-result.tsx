"use client";

import { useState } from "react";

import type { Schema } from "@/api/client";
import { Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { HuntTimesProvider, Mono, Value } from "@/components/data/value";
import { Button } from "@/components/ui/button";
import { counted, number } from "@/lib/format";

const SHOWN = 20;

/** What a rule would have found: how much, where, on which days, and each finding with what decided. */
export function BacktestResult({ job, result }: { job: Schema<"WholeRetroHunt">; result: Schema<"RetroResult"> }) {
  const [all, setAll] = useState(false);
  const days = Object.entries(result.by_day).sort(([one], [other]) => one.localeCompare(other));
  const most = Math.max(1, ...days.map(([, count]) => count));
  const sources = Object.entries(result.by_source).sort(([, one], [, other]) => other - one);
  const length = Math.max(1, Math.round((Date.parse(job.before) - Date.parse(job.first_at)) / 86_400_000));
  const shown = all ? result.findings : result.findings.slice(0, SHOWN);
  return (
    <div className="flex flex-col gap-3">
      <p>
        <span className="text-lg font-semibold">{counted(result.matches, "finding")}</span>
        <span className="text-ink-2">
          {" "}
          in {counted(result.events, "event")} from <Time value={job.first_at} parts="minute" /> to{" "}
          <Time value={job.before} parts="minute" />
          {result.matches > 0 ? `: ${(result.matches / length).toFixed(1)} a day` : ""}.
        </span>
      </p>
      {result.events === 0 ? (
        <Notice>No events were read: none of its log sources came within this time, so nothing is proven.</Notice>
      ) : null}
      {result.unread > 0 ? (
        <Notice>{counted(result.unread, "record")} could not be read as events again, and were left out.</Notice>
      ) : null}
      {days.length > 0 ? (
        <table className="w-full max-w-xl text-sm">
          <caption className="sr-only">Findings by day</caption>
          <tbody>
            {days.map(([day, count]) => (
              <tr key={day}>
                <th scope="row" className="w-24 py-0.5 text-left font-normal text-ink-2">
                  {day}
                </th>
                <td className="py-0.5">
                  <span
                    aria-hidden
                    className="block h-2.5 rounded-[2px] bg-[var(--series-1)]"
                    style={{ width: `${Math.max(1, (count / most) * 100)}%` }}
                  />
                </td>
                <td className="w-16 py-0.5 text-right">{number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {sources.length > 1 ? (
        <p className="text-sm text-ink-2">
          {sources.map(([source, count]) => `${source}: ${number(count)}`).join(", ")}
        </p>
      ) : null}
      {shown.length > 0 ? (
        <ul className="divide-y divide-line border-y border-line">
          {shown.map((finding, index) => (
            <Found key={`${finding.event_ids.join()}:${index}`} finding={finding} />
          ))}
        </ul>
      ) : null}
      {!all && result.findings.length > SHOWN ? (
        <Button look="quiet" small className="self-start" onClick={() => setAll(true)}>
          Show all {number(result.findings.length)}
        </Button>
      ) : null}
      {result.truncated ? (
        <p className="text-sm text-ink-2">
          The first {number(result.findings.length)} of {number(result.matches)} are kept; all are counted.
        </p>
      ) : null}
    </div>
  );
}

const HOUR = 3_600_000;

function Found({ finding }: { finding: Schema<"RetroFinding"> }) {
  const at = finding.time === null ? null : Date.parse(finding.time);
  const times = at === null ? null : { from: new Date(at - HOUR).toISOString(), to: new Date(at + HOUR).toISOString() };
  return (
    <li className="py-1.5 text-sm">
      <HuntTimesProvider value={times}>
        <div className="flex flex-wrap items-center gap-x-3">
          {finding.time ? <Time value={finding.time} /> : <span className="text-ink-3">no time</span>}
          <span className="text-ink-2">{finding.source}</span>
          {finding.entities.slice(0, 4).map((entity, index) => {
            const colon = entity.indexOf(":");
            return <Value key={index} entity={entity.slice(0, colon)} value={entity.slice(colon + 1)} />;
          })}
          {finding.event_ids[0] ? (
            <Value attribute="event_id" value={finding.event_ids[0]} className="ml-auto text-ink-3">
              event {finding.event_ids[0].slice(0, 8)}
            </Value>
          ) : null}
        </div>
        <dl className="flex flex-wrap gap-x-4 text-ink-2">
          {Object.entries(finding.matched).map(([field, value]) => (
            <div key={field} className="flex min-w-0 gap-1">
              <dt>
                <Mono className="text-ink-3">{field}</Mono>
              </dt>
              <dd className="min-w-0">
                <Mono>{shortText(value)}</Mono>
              </dd>
            </div>
          ))}
        </dl>
      </HuntTimesProvider>
    </li>
  );
}

function shortText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}
