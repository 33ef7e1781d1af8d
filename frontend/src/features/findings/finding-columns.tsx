"use client";

import Link from "next/link";
import { useMemo } from "react";

import type { Schema } from "@/api/client";
import type { Column } from "@/components/data/data-table";
import { SeverityMark, StateLabel } from "@/components/data/severity";
import { Time } from "@/components/data/time";
import { Value } from "@/components/data/value";
import { useAddress } from "@/lib/address";
import { byKillChain, tacticName } from "@/lib/attack";
import { words } from "@/lib/format";
import { byImportance } from "./event";

/** Columns of a list of findings; `without` leaves some out. */
export function useFindingColumns(without: readonly string[] = []): Column<Schema<"Finding">>[] {
  const { push } = useAddress();
  const left = without.join(" ");
  return useMemo(() => {
    const all: Column<Schema<"Finding">>[] = [
      {
        id: "level",
        header: () => <span className="sr-only">Severity</span>,
        size: 32,
        minSize: 32,
        cell: ({ row }) => <SeverityMark severity={row.original.level} />,
      },
      { id: "time", header: "Time", size: 148, cell: ({ row }) => <Time value={row.original.time} /> },
      {
        id: "title",
        header: "Finding",
        size: 160,
        meta: { grow: true },
        cell: ({ row }) => (
          <span className="truncate" title={row.original.title}>
            {row.original.title}
          </span>
        ),
      },
      {
        id: "entity",
        header: "Entity",
        size: 190,
        meta: { hideBelow: 640 },
        cell: ({ row }) => {
          const [first, ...others] = byImportance(row.original.entities);
          if (!first) return null;
          return (
            <span className="flex min-w-0 items-center gap-1.5">
              <Value
                value={first.value}
                entity={first.type}
                onlyFor
                onFilter={(value) => push({ entity: value, entity_type: first.type })}
              />
              {others.length > 0 ? (
                <span
                  className="shrink-0 text-ink-3"
                  title={others.map((each) => `${each.type} ${each.value}`).join("\n")}
                >
                  +{others.length}
                </span>
              ) : null}
            </span>
          );
        },
      },
      {
        id: "tactic",
        header: "Tactic",
        size: 150,
        meta: { hideBelow: 980 },
        cell: ({ row }) => {
          const names = [...row.original.tactics].sort(byKillChain).map(tacticName).join(", ");
          return (
            <span className="truncate text-ink-2" title={names}>
              {names}
            </span>
          );
        },
      },
      {
        id: "source",
        header: "Source",
        size: 130,
        meta: { hideBelow: 860 },
        cell: ({ row }) => <span className="truncate text-ink-2">{row.original.source}</span>,
      },
      {
        id: "verdict",
        header: "Verdict",
        size: 116,
        meta: { hideBelow: 520 },
        cell: ({ row }) =>
          row.original.state === "suppressed" ? (
            <StateLabel state="suppressed" />
          ) : row.original.verdict !== null ? (
            <span className="truncate">{words(row.original.verdict)}</span>
          ) : (
            <span className="sr-only">None yet</span>
          ),
      },
      {
        id: "incident",
        header: "Incident",
        size: 84,
        meta: { hideBelow: 1100 },
        cell: ({ row }) =>
          row.original.incident_id !== null ? (
            <Link
              href={`/incidents/${row.original.incident_id}`}
              prefetch={false}
              className="text-accent-ink hover:underline"
              tabIndex={-1}
            >
              Open<span className="sr-only"> its incident</span>
            </Link>
          ) : (
            <span className="text-ink-3">None</span>
          ),
      },
    ];
    return all.filter((column) => !left.split(" ").includes(column.id ?? ""));
  }, [push, left]);
}
