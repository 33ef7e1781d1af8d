"use client";

import type { ReactNode } from "react";

import type { Schema } from "@/api/client";
import { Time } from "@/components/data/time";
import { bytes, counted, number, percent } from "@/lib/format";
import { StateMark } from "./state-mark";

type System = Schema<"System">;
type Condition = Pick<System["log"], "state" | "problem" | "advice">;

/** Each part: how it is, its numbers, what is wrong and what to do. */
export function PartsOfSystem({ system }: { system: System }) {
  const { workers, database, log, lake, rules } = system;
  return (
    <ul className="divide-y divide-line border-y border-line">
      <Row name="Workers" condition={workers}>
        {counted(workers.heard, "worker")} heard
        {workers.stale > 0 ? `, ${number(workers.stale)} not heard any more` : ""}
      </Row>
      <Row name="Database" condition={database}>
        {database.revision === null ? "Schema not known" : `Schema at revision ${database.revision}`}
        {database.usable_from === null ? "" : `, programs from revision ${database.usable_from} on can use it`}
      </Row>
      <Row name="Log" condition={log}>
        <LogNumbers log={log} />
      </Row>
      <Row name="Lake" condition={lake}>
        {lake.last_commit_at === null ? (
          "Nothing is in the table yet"
        ) : (
          <>
            Table changed <Time value={lake.last_commit_at} relative />
          </>
        )}
        {lake.staged_events > 0 ? (
          <>
            ; {counted(lake.staged_events, "event")} in {counted(lake.staged_files, "file")} wait to become part of it
            {lake.oldest_staged_at === null ? null : (
              <>
                , the oldest since <Time value={lake.oldest_staged_at} relative />
              </>
            )}
          </>
        ) : (
          "; nothing waits"
        )}
      </Row>
      <Row name="Rules" condition={rules}>
        {rules.platform_count === null
          ? "Rules of the platform are not loaded"
          : `${number(rules.platform_count)} of the platform`}
        , {counted(rules.own_count, "rule")} of your own
        {rules.own_count > 0 ? ` (${number(rules.own_enabled_count)} enabled)` : ""}
        {rules.refused.length > 0 ? (
          <details className="mt-1">
            <summary className="cursor-pointer text-accent-ink">Rules that cannot run</summary>
            <ul className="mt-1 flex flex-col gap-1">
              {rules.refused.map((each) => (
                <li key={each.place}>
                  <code className="font-mono text-sm">{each.place}</code> {each.reason}
                </li>
              ))}
              {(rules.refused_count ?? 0) > rules.refused.length ? (
                <li className="text-ink-3">
                  The first {rules.refused.length} of {number(rules.refused_count ?? 0)}.
                </li>
              ) : null}
            </ul>
          </details>
        ) : null}
      </Row>
      <li className="grid gap-x-4 py-2 sm:grid-cols-[110px_130px_minmax(0,1fr)]">
        <h3 className="font-medium">Models</h3>
        <span className="text-ink-3">{system.models.length > 0 ? null : "–"}</span>
        <p className="text-ink-2">
          {system.models.length > 0 ? system.models.join(", ") : "There are none: findings come from rules."}
        </p>
      </li>
    </ul>
  );
}

function LogNumbers({ log }: { log: System["log"] }) {
  if (log.pending_batches === null || log.pending_bytes === null)
    return <>{log.state === "failed" ? null : "How much waits is told to administrators."}</>;
  const share = log.most_bytes ? log.pending_bytes / log.most_bytes : null;
  return (
    <>
      {counted(log.pending_batches, "batch", "batches")} ({bytes(log.pending_bytes)}) wait to be looked at
      {log.most_bytes === null || share === null ? null : `, ${percent(share)} of ${bytes(log.most_bytes)}`}
    </>
  );
}

function Row({ name, condition, children }: { name: string; condition: Condition; children: ReactNode }) {
  return (
    <li className="grid gap-x-4 py-2 sm:grid-cols-[110px_130px_minmax(0,1fr)]">
      <h3 className="font-medium">{name}</h3>
      <span>
        <StateMark state={condition.state} />
      </span>
      <div className="min-w-0 text-ink-2">
        {children}
        {condition.problem ? <p className="mt-1 text-ink">{condition.problem}</p> : null}
        {condition.advice ? <p className="mt-0.5">{condition.advice}</p> : null}
      </div>
    </li>
  );
}
