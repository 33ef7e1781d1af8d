"use client";

import Link from "next/link";

import { TacticMarks } from "@/components/data/attack";
import type { Column } from "@/components/data/data-table";
import { PersonName } from "@/components/data/person";
import { SeverityMark, StateLabel } from "@/components/data/severity";
import { Time, useNow } from "@/components/data/time";
import { type EntityType, Value } from "@/components/data/value";
import { number, words } from "@/lib/format";
import { durationText, localText } from "@/lib/time";
import type { Incident } from "./address";
import { Deadline } from "./deadline";

/** As many entities as a row names; the rest is a number. */
const NAMED = 1;

/** The time since it was made, in its largest unit. */
export function Age({ since }: { since: string }) {
  const now = useNow();
  if (now === null) return null;
  return <span title={`Made ${localText(since)}`}>{durationText((now.getTime() - Date.parse(since)) / 1000)}</span>;
}

export function incidentColumns(onEntity: (type: string, value: string) => void): Column<Incident>[] {
  return [
    {
      id: "severity",
      header: () => <span className="sr-only">Severity</span>,
      size: 34,
      minSize: 34,
      meta: { sort: "severity" },
      cell: ({ row }) => <SeverityMark severity={row.original.severity} />,
    },
    {
      id: "number",
      header: "No.",
      size: 64,
      meta: { hideBelow: 560 },
      cell: ({ row }) => <span className="text-ink-3">#{row.original.number}</span>,
    },
    {
      id: "title",
      header: "Incident",
      size: 190,
      meta: { grow: true },
      cell: ({ row: { original } }) => (
        <Link
          href={`/incidents/${original.incident_id}`}
          prefetch={false}
          className="truncate font-medium hover:underline"
          title={original.title}
        >
          {original.title}
        </Link>
      ),
    },
    {
      id: "entities",
      header: "Entities",
      size: 196,
      meta: { hideBelow: 1_100 },
      cell: ({ row: { original } }) => (
        <span className="flex min-w-0 items-center gap-2">
          {original.entities.slice(0, NAMED).map((entity) => (
            <Value
              key={`${entity.type} ${entity.value}`}
              value={entity.value}
              entity={entity.type as EntityType}
              onFilter={() => onEntity(entity.type, entity.value)}
              onlyFor
              className="max-w-40 truncate"
            />
          ))}
          {original.entities.length > NAMED ? (
            <span className="shrink-0 text-ink-3" title={original.entities.map((each) => each.value).join("\n")}>
              +{number(original.entities.length - NAMED)}
            </span>
          ) : null}
        </span>
      ),
    },
    {
      id: "tactics",
      header: "Tactics",
      size: 112,
      meta: { hideBelow: 1_020 },
      cell: ({ row }) => <TacticMarks tactics={row.original.tactics} />,
    },
    {
      id: "state",
      header: "State",
      size: 92,
      cell: ({ row }) => <StateLabel state={row.original.state} />,
    },
    {
      id: "verdict",
      header: "Verdict",
      size: 104,
      meta: { hideBelow: 1_320 },
      cell: ({ row: { original } }) =>
        original.verdict === null ? (
          <span className="text-ink-3">None</span>
        ) : (
          <span className="truncate">{words(original.verdict)}</span>
        ),
    },
    {
      id: "assignee",
      header: "Assignee",
      size: 116,
      meta: { hideBelow: 760 },
      cell: ({ row }) => <PersonName id={row.original.assignee_id} />,
    },
    {
      id: "deadline",
      header: "Service level",
      size: 152,
      meta: { sort: "deadline", hideBelow: 640 },
      cell: ({ row }) => <Deadline incident={row.original} />,
    },
    {
      id: "findings",
      header: "Findings",
      size: 72,
      meta: { align: "right", hideBelow: 900 },
      cell: ({ row }) => number(row.original.finding_count),
    },
    {
      id: "risk",
      header: "Risk",
      size: 56,
      meta: { align: "right", sort: "risk", hideBelow: 700 },
      cell: ({ row }) => Math.round(row.original.risk),
    },
    {
      id: "last_at",
      header: "Last finding",
      size: 132,
      meta: { sort: "last_at", hideBelow: 1_420 },
      cell: ({ row: { original } }) =>
        original.last_at === null ? (
          <span className="text-ink-3">None</span>
        ) : (
          <Time value={original.last_at} parts="minute" />
        ),
    },
    {
      id: "age",
      header: "Age",
      size: 64,
      meta: { align: "right", sort: "age", hideBelow: 480 },
      cell: ({ row }) => <Age since={row.original.created_at} />,
    },
  ];
}
