"use client";

import { useState } from "react";

import type { Schema } from "@/api/client";
import { ShortTable } from "@/components/data/short-table";
import { Time } from "@/components/data/time";
import { Checkbox } from "@/components/ui/form";
import { number, words } from "@/lib/format";
import { StateMark } from "./state-mark";

/** The processes by their signs of life; those that are not heard any more on request. */
export function Processes({ processes }: { processes: Schema<"SystemProcess">[] }) {
  const [all, setAll] = useState(false);
  const silent = processes.filter((process) => process.stale).length;
  const shown = all ? processes : processes.filter((process) => !process.stale);
  return (
    <>
      <ShortTable label="Processes" heads={["Kind", "Host", "Version", "State", "Rules", "Schema", "Started", "Heard"]}>
        {shown.map((process) => (
          <tr key={process.id} className="align-top">
            <td className="whitespace-nowrap">{words(process.kind)}</td>
            <td className="font-mono whitespace-nowrap">{process.host}</td>
            <td className="font-mono">{process.version}</td>
            <td className="min-w-48">
              {process.stale ? (
                <span className="text-ink-3">Not heard any more</span>
              ) : (
                <StateMark state={process.state} />
              )}
              {process.problem && !process.stale ? <p>{process.problem}</p> : null}
              {process.advice && !process.stale ? <p className="text-ink-2">{process.advice}</p> : null}
            </td>
            <td className="whitespace-nowrap">
              {process.rules_digest === null ? (
                <span className="text-ink-3">none loaded</span>
              ) : (
                <>
                  <code className="font-mono" title={process.rules_digest}>
                    {process.rules_digest.slice(0, 12)}
                  </code>
                  {process.rules_count === null ? null : (
                    <span className="text-ink-3"> {number(process.rules_count)} rules</span>
                  )}
                </>
              )}
            </td>
            <td className="whitespace-nowrap">
              {process.schema_oldest === null || process.schema_newest === null ? (
                <span className="text-ink-3">not known</span>
              ) : process.schema_oldest === process.schema_newest ? (
                `serves ${process.schema_newest}`
              ) : (
                `serves ${process.schema_oldest} to ${process.schema_newest}`
              )}
            </td>
            <td>
              <Time value={process.started_at} relative />
            </td>
            <td>
              <Time value={process.seen_at} relative />
            </td>
          </tr>
        ))}
      </ShortTable>
      {shown.length === 0 ? <p className="py-2 text-ink-2">No process is heard.</p> : null}
      {silent > 0 ? (
        <Checkbox
          className="mt-2"
          label={`Those of the last day that are not heard any more (${silent})`}
          checked={all}
          onChange={(event) => setAll(event.target.checked)}
        />
      ) : null}
    </>
  );
}
