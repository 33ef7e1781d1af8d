import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";

import type { Schema } from "@/api/client";
import { bytes, compact, counted } from "@/lib/format";

type State = Schema<"System">["state"];
type Part = { name: string; state: State; says: ReactNode; problem?: string | null; advice?: string | null };

const MARK = {
  ok: <CircleCheck size={14} className="text-good-ink" aria-hidden />,
  degraded: <TriangleAlert size={14} className="text-warn-ink" aria-hidden />,
  failed: <CircleAlert size={14} className="text-danger-ink" aria-hidden />,
};

/** The state of a part, by shape, hue and word. */
export const HealthMark = ({ state }: { state: State }) => (
  <span className="inline-flex items-center gap-1.5">
    {MARK[state]}
    <span className="sr-only">{state}</span>
  </span>
);

const versions = (processes: Schema<"SystemProcess">[], kind: string) => {
  const found = [...new Set(processes.filter((each) => each.kind === kind && !each.stale).map((each) => each.version))];
  return found.length === 0 ? "none heard" : found.join(", ");
};

function partsOf(system: Schema<"System">, web: string): Part[] {
  const { log, lake, database, rules, workers } = system;
  return [
    {
      ...workers,
      name: "Workers",
      says: `${counted(workers.heard, "process", "processes")} heard`,
    },
    {
      ...log,
      name: "Log",
      says:
        log.pending_batches === null
          ? null
          : `${counted(log.pending_batches, "batch", "batches")} waiting` +
            (log.pending_bytes ? `, ${bytes(log.pending_bytes)}` : ""),
    },
    {
      ...lake,
      name: "Lake",
      says:
        `${compact(lake.staged_events)} events staged` +
        (lake.damaged_files > 0 ? `, ${counted(lake.damaged_files, "damaged file")}` : ""),
    },
    { ...database, name: "Schema", says: database.revision === null ? "not read" : `revision ${database.revision}` },
    {
      ...rules,
      name: "Rules",
      says:
        (rules.platform_count === null ? "not loaded" : counted(rules.platform_count, "rule")) +
        (rules.own_count > 0 ? `, ${rules.own_enabled_count} of ${rules.own_count} own` : ""),
    },
    {
      name: "Models",
      state: "ok",
      says: system.models.length > 0 ? system.models.join(", ") : "not supported",
    },
    {
      name: "Versions",
      state: versionsAgree(system, web) ? "ok" : "degraded",
      problem: versionsAgree(system, web) ? null : "The parts have different versions.",
      advice: "An upgrade that is under way ends with the same version everywhere; else restart what is old.",
      says: `api ${system.version}, worker ${versions(system.processes, "worker")}, console ${web}`,
    },
  ];
}

function versionsAgree(system: Schema<"System">, web: string): boolean {
  const heard = system.processes.filter((each) => !each.stale).map((each) => each.version);
  return new Set([system.version, web, ...heard]).size === 1;
}

/** How the parts are, in a line each; what is wrong and what to do stand below. */
export function Health({ system, web }: { system: Schema<"System">; web: string }) {
  return (
    <ul className="text-sm">
      {partsOf(system, web).map((part) => (
        <li key={part.name} className="border-t border-line py-1">
          <div className="flex items-center gap-2">
            <HealthMark state={part.state} />
            <Link href="/system" prefetch={false} className="w-16 shrink-0 hover:underline">
              {part.name}
            </Link>
            <span className="min-w-0 flex-1 truncate text-right text-ink-2">{part.says}</span>
          </div>
          {part.state !== "ok" && part.problem ? (
            <p className="mt-0.5 ml-[22px] text-ink-2">
              {part.problem} {part.advice}
            </p>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
