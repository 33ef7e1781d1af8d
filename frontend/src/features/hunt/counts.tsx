"use client";

import type { EChartsOption } from "echarts";
import { useCallback, useMemo } from "react";

import { Chart, type ChartColors } from "@/components/data/chart";
import { countAxis, escaped, momentText, timeAxis } from "@/components/data/chart-look";
import { number } from "@/lib/format";
import type { OnFilter } from "./cell";
import { type Answer, type Row, type Series, gathered, textOf } from "./results";

const MOST_BARS = 40;

/** Counts as bars: over time for `timechart`, else for each value. The table below says the same. */
export function Counts({ answer, rows, onFilter }: { answer: Answer; rows: Row[]; onFilter: OnFilter }) {
  const by = useMemo(() => answer.columns.slice(0, -1), [answer]);
  const overTime = by[0]?.name === "time";
  const bars = rows.slice(0, MOST_BARS);
  const only = by.length === 1 ? by[0]?.name : undefined;
  const option = useCallback(
    (colors: ChartColors): EChartsOption =>
      overTime
        ? timeBars(colors, rows, by[1]?.name)
        : valueBars(
            colors,
            rows.slice(0, MOST_BARS),
            by.map((column) => column.name),
          ),
    [overTime, rows, by],
  );
  if (by.length === 0)
    return <p className="px-4 pt-3 text-xl font-semibold">{number(Number(rows[0]?.values.count ?? 0))}</p>;
  return (
    <div className="border-b border-line px-4 pt-2 pb-1">
      <Chart
        option={option}
        height={132}
        label={`${answer.query}: ${number(rows.length)} counts, shown in the table below`}
        {...(only !== undefined && !overTime
          ? { onClick: ({ x }) => bars[x] && onFilter(only, bars[x]?.values[only], false) }
          : {})}
      />
      {!overTime && rows.length > MOST_BARS ? (
        <p className="text-sm text-ink-3">The chart has the first {MOST_BARS}; the table has all.</p>
      ) : null}
    </div>
  );
}

function valueBars(colors: ChartColors, rows: Row[], names: string[]): EChartsOption {
  const labels = rows.map((row) => names.map((name) => textOf(row.values[name])).join(", "));
  return {
    grid: { left: 4, right: 8, top: 8, bottom: 6 },
    xAxis: {
      type: "category",
      data: labels,
      axisLine: { lineStyle: { color: colors["line-strong"] } },
      axisTick: { show: false },
      axisLabel: { color: colors["ink-3"], fontSize: 11, hideOverlap: true, width: 110, overflow: "truncate" },
    },
    yAxis: countAxis(colors),
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (given: unknown) => {
        const [point] = given as { name: string; value: number }[];
        return point === undefined ? "" : `${escaped(point.name)} <b>${number(point.value)}</b>`;
      },
    },
    series: [
      {
        type: "bar",
        barMaxWidth: 36,
        itemStyle: { color: colors["series-1"] },
        data: rows.map((row) => Number(row.values.count)),
      },
    ],
  };
}

function timeBars(colors: ChartColors, rows: Row[], by: string | undefined): EChartsOption {
  const times = [...new Set(rows.map((row) => Date.parse(String(row.values.time))))].sort((one, other) => one - other);
  const place = new Map(times.map((time, at) => [time, at]));
  const counts: Record<string, number[]> = {};
  for (const row of rows) {
    const name = by === undefined ? "Events" : textOf(row.values[by]);
    counts[name] ??= times.map(() => 0);
    const at = place.get(Date.parse(String(row.values.time)));
    const series = counts[name];
    if (at !== undefined && series !== undefined) series[at] = Number(row.values.count);
  }
  const series: Series[] = gathered(counts);
  return {
    grid: { left: 4, right: 8, top: 8, bottom: 6 },
    xAxis: timeAxis(colors),
    yAxis: countAxis(colors),
    tooltip: {
      trigger: "axis",
      formatter: (given: unknown) => {
        const points = given as { value: [number, number]; seriesName: string; marker: string }[];
        const [first] = points;
        if (first === undefined) return "";
        const lines = points
          .filter((each) => each.value[1] > 0)
          .map((each) => `${each.marker}${escaped(each.seriesName)} <b>${number(each.value[1])}</b>`);
        return [momentText(first.value[0]), ...lines].join("<br>");
      },
    },
    series: series.map((each, at) => ({
      type: "bar" as const,
      name: each.name,
      stack: "all",
      barMaxWidth: 24,
      itemStyle: { color: colors[`series-${at + 1}` as keyof ChartColors] },
      data: times.map((time, index) => [time, each.counts[index] ?? 0]),
    })),
  };
}
