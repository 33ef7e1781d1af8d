"use client";

import { useRouter } from "next/navigation";
import Link from "next/link";
import { useMemo } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { type Column, DataTable } from "@/components/data/data-table";
import { ChoiceFilter, ClearFilters, FilterBar, TextFilter } from "@/components/data/filters";
import { Risk } from "@/components/data/risk";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { type EntityType, Value, entityHref } from "@/components/data/value";
import { PageHead } from "@/components/shell/page";
import { Button } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { number } from "@/lib/format";
import { usePages } from "@/lib/pages";
import { ENTITY_TYPES, isEntityType, typeLabel } from "./types";

type Entity = Schema<"Entity">;

const FILTERS = ["type", "text", "least_risk", "seen"] as const;
const SEEN: Record<string, [string, number]> = {
  "24h": ["Last 24 hours", 1],
  "7d": ["Last 7 days", 7],
  "30d": ["Last 30 days", 30],
  "90d": ["Last 90 days", 90],
};
const HOUR = 3_600_000;

/** Everybody and everything that findings name, the riskiest first. */
export function Entities() {
  const address = useAddress();
  const router = useRouter();
  const sort = address.get("sort") === "last_seen_at" ? ("last_seen_at" as const) : ("risk" as const);
  const seen = SEEN[address.get("seen")];
  const search = address.search;
  const query = useMemo(() => {
    const given = new URLSearchParams(search);
    const risk = Number(given.get("least_risk"));
    return {
      sort,
      type: given.getAll("type").filter(isEntityType),
      ...(given.get("text") ? { text: given.get("text") ?? "" } : {}),
      ...(risk > 0 && risk <= 100 ? { least_risk: risk } : {}),
      // On the hour, so that the list's key does not change with each drawing.
      ...(seen ? { first_at: sinceDays(seen[1]) } : {}),
    };
  }, [search, sort, seen]);
  const list = usePages(["entities", "list", query], (cursor) =>
    data(api.GET("/api/v1/entities", { params: { query: { ...query, limit: 100, cursor } } })),
  );
  const filtered = FILTERS.some((name) => address.all(name).length > 0);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <PageHead title="Entities" />
      <FilterBar>
        <TextFilter label="Search values" />
        <ChoiceFilter
          name="type"
          label="Type"
          options={ENTITY_TYPES.map((type: EntityType) => ({ value: type, label: typeLabel(type) }))}
        />
        <ChoiceFilter
          name="least_risk"
          label="Risk"
          single
          options={[20, 40, 60, 80].map((risk) => ({ value: String(risk), label: `${risk} or more` }))}
        />
        <ChoiceFilter
          name="seen"
          label="Last seen"
          single
          options={Object.entries(SEEN).map(([value, [label]]) => ({ value, label }))}
        />
        <ClearFilters names={FILTERS} />
      </FilterBar>
      {list.isError && list.rows.length > 0 ? (
        <Notice
          className="m-2"
          action={
            <Button small onClick={() => void list.refetch()}>
              Try again
            </Button>
          }
        >
          Entities could not be refreshed ({asProblem(list.error).message}) What is shown is from before.
        </Notice>
      ) : null}
      <div className="min-h-0 flex-1">
        <DataTable
          label="Entities"
          name="entities"
          rows={list.rows}
          columns={COLUMNS}
          rowId={(row) => row.entity_id}
          onOpen={(row) => router.push(entityHref(row.type, row.value))}
          sort={`-${sort}`}
          onSort={(by) => address.push({ sort: by.replace(/^-/, "") === "risk" ? null : by.replace(/^-/, "") })}
          loading={list.loading}
          more={list.more}
          loadingMore={list.loadingMore}
          onEnd={list.next}
          rowKeys={{ f: (row) => address.push({ type: row.type }) }}
          empty={
            list.isError ? (
              <Failure error={list.error} what="Entities" onRetry={() => void list.refetch()} />
            ) : filtered ? (
              <Empty title="No entities of this kind">
                Only what a finding names is here. To look in all events,{" "}
                <Link href="/hunt" className="text-accent-ink hover:underline">
                  hunt
                </Link>
                .
              </Empty>
            ) : (
              <Empty title="No entities yet">
                Users, hosts, addresses and others are listed here as soon as a finding names them.
              </Empty>
            )
          }
        />
      </div>
    </div>
  );
}

function sinceDays(days: number): string {
  return new Date(Math.floor(Date.now() / HOUR) * HOUR - days * 24 * HOUR).toISOString();
}

const COLUMNS: Column<Entity>[] = [
  {
    id: "risk",
    header: "Risk",
    size: 98,
    meta: { sort: "risk" },
    cell: ({ row }) => <Risk value={row.original.risk} />,
  },
  {
    id: "type",
    header: "Type",
    size: 110,
    meta: { hideBelow: 480 },
    cell: ({ row }) => <span className="text-ink-2">{typeLabel(row.original.type)}</span>,
  },
  {
    id: "value",
    header: "Value",
    size: 160,
    meta: { grow: true },
    cell: ({ row }) => <Value value={row.original.value} entity={row.original.type} />,
  },
  {
    id: "findings",
    header: "Findings",
    size: 76,
    meta: { align: "right", hideBelow: 560 },
    cell: ({ row }) => (
      <Link
        href={`/findings?${new URLSearchParams({ entity: row.original.value, entity_type: row.original.type, from: "-3650d" }).toString()}`}
        prefetch={false}
        tabIndex={-1}
        className="hover:underline"
      >
        {number(row.original.findings)}
        <span className="sr-only"> findings</span>
      </Link>
    ),
  },
  {
    id: "reasons",
    header: "Why",
    size: 300,
    meta: { grow: true, hideBelow: 900 },
    cell: ({ row }) => {
      const [first, ...others] = row.original.risk_reasons;
      return (
        <span className="truncate text-ink-2" title={row.original.risk_reasons.join("\n")}>
          {first ?? ""}
          {others.length > 0 ? ` and ${others.length} more` : ""}
        </span>
      );
    },
  },
  {
    id: "first_seen_at",
    header: "First seen",
    size: 132,
    meta: { hideBelow: 1080 },
    cell: ({ row }) => (
      <Time value={row.original.first_seen_at} parts="minute" className="whitespace-nowrap text-ink-2" />
    ),
  },
  {
    id: "last_seen_at",
    header: "Last seen",
    size: 132,
    meta: { sort: "last_seen_at", hideBelow: 400 },
    cell: ({ row }) => <Time value={row.original.last_seen_at} parts="minute" />,
  },
];
