"use client";

import { useRouter } from "next/navigation";
import Link from "next/link";
import { useCallback, useMemo } from "react";

import { Chart, type ChartColors } from "@/components/data/chart";
import { countAxis, momentText } from "@/components/data/chart-look";
import { SeverityMark } from "@/components/data/severity";
import { Time } from "@/components/data/time";
import { counted, number, words } from "@/lib/format";
import { SEVERITIES, type Severity } from "@/lib/severity";
import { type Overview, columnLabel, columnsOf, findingsHref, stretch } from "./model";
import { Count } from "./open-incidents";

const HEIGHT = 232;

/** Open findings over time, stacked by severity. A column opens its findings. */
export function FindingsChart({ overview }: { overview: Overview }) {
  const router = useRouter();
  const { starts, counts } = useMemo(() => columnsOf(overview), [overview]);
  const times = { from: overview.first_at, to: overview.before };
  const sums = SEVERITIES.map((severity) => ({
    severity,
    sum: counts[severity].reduce((sum, count) => sum + count, 0),
  }));
  const total = sums.reduce((sum, each) => sum + each.sum, 0);

  const option = useCallback(
    (colors: ChartColors) => ({
      xAxis: {
        type: "category" as const,
        data: starts.map(String),
        axisLine: { lineStyle: { color: colors["line-strong"] } },
        axisTick: { show: false },
        axisLabel: {
          color: colors["ink-3"],
          fontSize: 11,
          hideOverlap: true,
          interval: (_place: number, value: string) =>
            columnLabel(Number(value), overview.bucket_seconds, starts.length) !== "",
          formatter: (value: string) => columnLabel(Number(value), overview.bucket_seconds, starts.length),
        },
      },
      yAxis: countAxis(colors),
      tooltip: {
        axisPointer: { type: "shadow" as const },
        formatter: (given: unknown) => tooltip(given as { axisValue: string; seriesName: string; value: number }[]),
      },
      series: SEVERITIES.map((severity) => ({
        name: severity,
        type: "bar" as const,
        stack: "findings",
        barCategoryGap: "12%",
        barMaxWidth: 28,
        itemStyle: { color: colors[severity], borderColor: colors.canvas, borderWidth: 0.5 },
        emphasis: { disabled: true },
        data: counts[severity],
      })),
    }),
    [starts, counts, overview.bucket_seconds],
  );

  const open = ({ x, series }: { x: number; series: string | null }) => {
    const start = starts[Math.round(x)];
    if (start !== undefined)
      router.push(findingsHref(stretch(overview, start), series === null ? {} : { level: series }));
  };

  const filled = starts
    .map((start, place) => ({ start, place }))
    .filter(({ place }) => SEVERITIES.some((severity) => (counts[severity][place] ?? 0) > 0));
  return (
    <>
      <ul className="mb-1 flex flex-wrap gap-x-4 gap-y-1 pr-7 text-sm">
        {sums.map(({ severity, sum }) => (
          <li key={severity} className="flex items-center gap-1.5">
            <SeverityMark severity={severity} />
            {sum > 0 ? (
              <Link href={findingsHref(times, { level: severity })} prefetch={false} className="hover:underline">
                {number(sum)} {severity}
              </Link>
            ) : (
              <span className="text-ink-3">0 {severity}</span>
            )}
          </li>
        ))}
      </ul>
      {total === 0 ? (
        <p className="flex items-center justify-center text-ink-3" style={{ height: HEIGHT }}>
          No open findings with times of these days
        </p>
      ) : (
        <Chart
          label={`Open findings over time: ${counted(total, "finding")}`}
          height={HEIGHT}
          option={option}
          onClick={open}
          table={{
            columns: ["From", ...SEVERITIES.map(words)],
            rows: filled.map(({ start, place }) => [
              <Time key="from" value={new Date(start).toISOString()} parts="minute" />,
              ...SEVERITIES.map((severity) => (
                <Count
                  key={severity}
                  value={counts[severity][place] ?? 0}
                  href={findingsHref(stretch(overview, start), { level: severity })}
                />
              )),
            ]),
          }}
        />
      )}
    </>
  );
}

function tooltip(given: { axisValue: string; seriesName: string; value: number }[]): string {
  const [first] = given;
  if (first === undefined) return "";
  const lines = given
    .filter((each) => each.value > 0)
    .map((each) => `${number(each.value)} ${each.seriesName as Severity}`);
  return [`From ${momentText(Number(first.axisValue))}`, ...(lines.length > 0 ? lines : ["No findings"])].join("<br>");
}
