"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useCallback, useMemo } from "react";

import { api, data } from "@/api/client";
import { Chart, type ChartColors } from "@/components/data/chart";
import { countAxis } from "@/components/data/chart-look";
import { type Column, DataTable } from "@/components/data/data-table";
import { FilterBar, FixedFilter } from "@/components/data/filters";
import { Empty, Loaded, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { TimeRange, useTimeRange } from "@/components/data/time-range";
import { Select } from "@/components/ui/form";
import { useAddress } from "@/lib/address";
import { counted, number, words } from "@/lib/format";
import { type Day, KINDS, daysOf, receiptsHref } from "./completeness-model";
import { SourcesFrame } from "./frame";
import { countColumns } from "./source-list";

const BY = ["source", "door", "origin"] as const;
const dayText = (start: number) => new Date(start).toISOString().slice(0, 10);

/** What became of what came in, by day (UTC, as received). */
export function Completeness() {
  const { get, all, push, search } = useAddress();
  const router = useRouter();
  const range = useTimeRange("7d");
  const by = BY.find((each) => each === get("by")) ?? "source";
  const only = new URLSearchParams(search).has("source") ? get("source") : null;
  const query = useQuery({
    queryKey: ["completeness", by, range.from, range.to],
    queryFn: () =>
      data(
        api.GET("/api/v1/completeness", {
          params: { query: { by, first_at: range.from, before: range.to } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(
    () => (query.data?.items ?? []).filter((row) => by !== "source" || only === null || row.key === only),
    [query.data, by, only],
  );
  const openDay = (from: string, to: string) =>
    router.push(`/sources/receipts?${new URLSearchParams({ ...(only ? { source: only } : {}), from, to }).toString()}`);
  const columns = useMemo<Column<Day>[]>(
    () => [
      {
        id: "day",
        header: "Day (UTC)",
        size: 100,
        cell: ({ row }) => row.original.day.slice(0, 10),
      },
      {
        id: "key",
        header: words(by === "source" ? "log source" : by),
        size: 220,
        meta: { grow: true },
        cell: ({ row }) =>
          row.original.key === "" ? (
            <span className="text-ink-2">no event</span>
          ) : (
            <span className="truncate font-mono" title={row.original.key}>
              {row.original.key}
            </span>
          ),
      },
      ...countColumns<Day>(),
      {
        id: "batches",
        header: "Batches",
        size: 84,
        meta: { align: "right" },
        cell: ({ row }) => number(row.original.batches),
      },
      {
        id: "last",
        header: "Last received",
        size: 150,
        meta: { hideBelow: 900 },
        cell: ({ row }) => <Time value={row.original.last_received_at} />,
      },
      {
        id: "event",
        header: "Last event",
        size: 150,
        meta: { hideBelow: 1050 },
        cell: ({ row }) => (row.original.last_event_at ? <Time value={row.original.last_event_at} /> : null),
      },
    ],
    [by],
  );
  return (
    <SourcesFrame actions={<TimeRange range={range} longest={90} />}>
      <FilterBar className="shrink-0">
        <label className="flex items-center gap-2 text-ink-2">
          Divided by
          <Select className="w-32" value={by} onChange={(event) => push({ by: event.target.value })}>
            {BY.map((value) => (
              <option key={value} value={value}>
                {value === "source" ? "Log source" : words(value)}
              </option>
            ))}
          </Select>
        </label>
        {all("source").some((each) => each !== "") ? <FixedFilter name="source" label="Log source" /> : null}
      </FilterBar>
      <Loaded query={query} what="The completeness">
        {(seen) => (
          <div className="flex min-h-0 flex-1 flex-col">
            {seen.truncated ? (
              <Notice className="m-2">There are more than 5,000 rows: choose a shorter time to see them all.</Notice>
            ) : null}
            {rows.length > 0 ? <DaysChart rows={rows} from={range.from} to={range.to} open={openDay} /> : null}
            <div className="min-h-0 flex-1">
              <DataTable
                label="Completeness by day"
                name="completeness"
                rows={rows}
                columns={columns}
                rowId={(row) => `${row.day} ${row.key}`}
                onOpen={(row) => router.push(receiptsHref(by, row))}
                empty={
                  <Empty title="Nothing was received in this time">
                    Days are those on which records came, not those of their events.
                  </Empty>
                }
              />
            </div>
          </div>
        )}
      </Loaded>
    </SourcesFrame>
  );
}

function DaysChart({
  rows,
  from,
  to,
  open,
}: {
  rows: readonly Day[];
  from: string;
  to: string;
  open: (from: string, to: string) => void;
}) {
  const { starts, sums } = useMemo(() => daysOf(rows, from, to), [rows, from, to]);
  const option = useCallback(
    (colors: ChartColors) => {
      const look = {
        events: colors["series-1"],
        skipped: colors["series-8"],
        malformed: colors.high,
        duplicates: colors["series-5"],
      };
      return {
        xAxis: {
          type: "category" as const,
          data: starts.map(dayText),
          axisLine: { lineStyle: { color: colors["line-strong"] } },
          axisTick: { show: false },
          axisLabel: { color: colors["ink-3"], fontSize: 11, hideOverlap: true },
        },
        yAxis: countAxis(colors),
        tooltip: { axisPointer: { type: "shadow" as const } },
        series: KINDS.map((kind) => ({
          name: words(kind),
          type: "bar" as const,
          stack: "received",
          barMaxWidth: 36,
          itemStyle: { color: look[kind] },
          emphasis: { disabled: true },
          data: sums[kind],
        })),
      };
    },
    [starts, sums],
  );
  const totals = KINDS.map((kind) => [kind, sums[kind].reduce((sum, each) => sum + each, 0)] as const);
  return (
    <div className="border-b border-line px-4 pt-2 pb-1">
      <ul className="flex flex-wrap gap-x-4 pr-7 text-sm">
        {totals.map(([kind, total]) => (
          <li key={kind} className="flex items-center gap-1.5">
            <span
              aria-hidden
              className="size-2.5 rounded-sm"
              style={{
                background: `var(--${{ events: "series-1", skipped: "series-8", malformed: "high", duplicates: "series-5" }[kind]})`,
              }}
            />
            {number(total)} {kind}
          </li>
        ))}
      </ul>
      <div className="mt-2">
        <Chart
          label={`Received by day: ${totals.map(([kind, total]) => counted(total, kind, kind)).join(", ")}`}
          height={150}
          option={option}
          onClick={({ x }) => {
            const start = starts[Math.round(x)];
            if (start !== undefined) open(new Date(start).toISOString(), new Date(start + 86_400_000).toISOString());
          }}
          table={{
            columns: ["Day (UTC)", ...KINDS.map(words)],
            rows: starts.map((start, place) => [
              dayText(start),
              ...KINDS.map((kind) => number(sums[kind][place] ?? 0)),
            ]),
          }}
        />
      </div>
    </div>
  );
}
