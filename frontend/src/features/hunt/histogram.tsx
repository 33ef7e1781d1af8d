"use client";

import type { EChartsOption } from "echarts";
import { useCallback } from "react";

import { asProblem } from "@/api/problem";
import { Chart, type ChartColors } from "@/components/data/chart";
import { countAxis, escaped, momentText, timeAxis } from "@/components/data/chart-look";
import { Time } from "@/components/data/time";
import type { TimeRangeState } from "@/components/data/time-range";
import { Button } from "@/components/ui/button";
import { compact, counted, number } from "@/lib/format";
import { durationText } from "@/lib/time";
import { visible } from "@/lib/visible";
import { FieldPicker } from "./field-picker";
import { type Series, gathered } from "./results";
import { useHistogram } from "./use-hunt";

const HEIGHT = 104;
const BY = ["source", "class_uid", "severity_id", "actor.user.name", "src_endpoint.ip", "device.hostname"];

/** How many events in each span of the range: dragging over it, or a span in its table, narrows the range. */
export function Histogram({
  where,
  range,
  by,
  onBy,
}: {
  where: string;
  range: TimeRangeState;
  by: string;
  onBy: (by: string) => void;
}) {
  const query = useHistogram(where, range, by);
  const found = query.data;
  const option = useCallback(
    (colors: ChartColors): EChartsOption =>
      found === undefined ? {} : bars(colors, found.starts, found.span_seconds, gathered(found.counts)),
    [found],
  );
  const series = found === undefined ? [] : gathered(found.counts);
  const total = series.reduce((sum, each) => sum + each.counts.reduce((one, other) => one + other, 0), 0);
  const narrow = (from: number, to: number) =>
    range.between(
      new Date(Math.max(from, Date.parse(range.from))).toISOString(),
      new Date(Math.min(to, Date.parse(range.to))).toISOString(),
    );

  return (
    <section aria-label="Events over time" className="shrink-0 border-b border-line px-4 pt-1 pb-1.5">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 pr-8 text-sm text-ink-2">
        {found ? (
          <span>
            {counted(total, by === "" ? "event" : "event with a value", by === "" ? "events" : "events with a value")}
            <span className="text-ink-3">, {durationText(found.span_seconds)} each bar</span>
          </span>
        ) : null}
        <FieldPicker label="Stack by" value={by} first={BY} onChoose={onBy} />
        {series.length > 1 || by !== "" ? <Legend series={series} /> : null}
        {found?.truncated ? <span className="text-ink-3">The ten commonest values only</span> : null}
      </div>
      {query.isError && asProblem(query.error).kind === "invalid-query" ? (
        // What is wrong is said below, once.
        <div style={{ height: HEIGHT }} />
      ) : query.isError ? (
        <div role="alert" className="flex items-center gap-2 text-sm text-ink-2" style={{ height: HEIGHT }}>
          The spread over time is missing: {asProblem(query.error).message}
          <Button small onClick={() => void query.refetch()}>
            Try again
          </Button>
        </div>
      ) : found === undefined ? (
        <div className="skeleton" role="status" aria-label="Loading" style={{ height: HEIGHT }} />
      ) : (
        <div className={query.isPlaceholderData ? "opacity-60" : undefined}>
          <Chart
            option={option}
            height={HEIGHT}
            label={`${number(total)} events over time, most at ${peak(found.starts, series)}. Drag to narrow the range.`}
            onBrush={({ from, to }) => narrow(from, to)}
            onClick={({ x }) => {
              const span = found.span_seconds * 1_000;
              const start = [...found.starts].reverse().find((each) => Date.parse(each) <= x);
              if (start !== undefined) narrow(Date.parse(start), Date.parse(start) + span);
            }}
            table={{
              columns: ["From", ...series.map((each) => each.name || "Events")],
              rows: found.starts.map((start, at) => [
                <button
                  key="from"
                  type="button"
                  className="text-accent-ink hover:underline"
                  onClick={() => narrow(Date.parse(start), Date.parse(start) + found.span_seconds * 1_000)}
                >
                  <Time value={start} />
                </button>,
                ...series.map((each) => number(each.counts[at] ?? 0)),
              ]),
            }}
          />
        </div>
      )}
    </section>
  );
}

function peak(starts: readonly string[], series: readonly Series[]): string {
  const sums = starts.map((_, at) => series.reduce((sum, each) => sum + (each.counts[at] ?? 0), 0));
  const most = sums.indexOf(Math.max(...sums));
  const start = starts[most];
  return start === undefined ? "no time" : start;
}

function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul className="flex min-w-0 flex-wrap gap-x-3">
      {series.map((each, at) => (
        <li key={each.name} className="flex min-w-0 items-center gap-1">
          <span aria-hidden className="size-2 shrink-0 rounded-xs" style={{ background: `var(--series-${at + 1})` }} />
          <span className="max-w-48 truncate">{visible(each.name || "Events")}</span>
          <span className="text-ink-3">{compact(each.counts.reduce((sum, one) => sum + one, 0))}</span>
        </li>
      ))}
    </ul>
  );
}

function bars(
  colors: ChartColors,
  starts: readonly string[],
  seconds: number,
  series: readonly Series[],
): EChartsOption {
  const half = (seconds * 1_000) / 2;
  const times = starts.map((start) => Date.parse(start));
  const first = times[0];
  const last = times.at(-1);
  return {
    grid: { left: 4, right: 8, top: 8, bottom: 6 },
    xAxis: timeAxis(
      colors,
      first === undefined || last === undefined ? {} : { min: first, max: last + seconds * 1_000 },
    ),
    yAxis: countAxis(colors),
    tooltip: {
      trigger: "axis",
      formatter: (given: unknown) => {
        const points = given as { value: [number, number]; seriesName: string; marker: string }[];
        const at = points[0];
        if (at === undefined) return "";
        const lines = points
          .filter((each) => each.value[1] > 0)
          .map((each) => `${each.marker}${escaped(each.seriesName)} <b>${number(each.value[1])}</b>`);
        return [momentText(at.value[0] - half), ...(lines.length > 0 ? lines : ["no event"])].join("<br>");
      },
    },
    // A bar stands in the middle of its span.
    series: series.map((each, at) => ({
      type: "bar" as const,
      name: each.name || "Events",
      stack: "all",
      barWidth: "92%",
      barCategoryGap: 0,
      itemStyle: { color: colors[`series-${at + 1}` as keyof ChartColors] },
      data: times.map((time, place) => [time + half, each.counts[place] ?? 0]),
    })),
  };
}
