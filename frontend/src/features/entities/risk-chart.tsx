"use client";

import { useRouter } from "next/navigation";
import Link from "next/link";
import { useCallback } from "react";

import type { Schema } from "@/api/client";
import { Chart, type ChartColors } from "@/components/data/chart";
import { countAxis, escaped } from "@/components/data/chart-look";
import { counted, number, words } from "@/lib/format";
import { SEVERITIES } from "@/lib/severity";

const DAY = 86_400_000;

/** Findings that name the entity on a day, UTC. */
export function dayHref(type: string, value: string, day: string): string {
  const end = new Date(new Date(day).getTime() + DAY).toISOString();
  return `/findings?${new URLSearchParams({ entity: value, entity_type: type, from: day, to: end }).toString()}`;
}

/** Findings of each day by severity as columns, the day's risk as a line above them. */
export function RiskChart({ risk, type, value }: { risk: Schema<"EntityRisk">; type: string; value: string }) {
  const router = useRouter();
  const { days } = risk;
  const option = useCallback(
    (colors: ChartColors) => ({
      grid: {
        left: 4,
        right: 8,
        top: 24,
        bottom: 2,
        outerBoundsMode: "same" as const,
        outerBoundsContain: "axisLabel" as const,
      },
      xAxis: {
        type: "category" as const,
        data: days.map((day) => day.day.slice(0, 10)),
        axisLine: { lineStyle: { color: colors["line-strong"] } },
        axisTick: { show: false },
        axisLabel: {
          color: colors["ink-3"],
          fontSize: 11,
          hideOverlap: true,
          formatter: (text: string) => text.slice(5),
        },
      },
      yAxis: [
        { ...countAxis(colors), name: "Findings", nameTextStyle: { color: colors["ink-3"], align: "left" as const } },
        {
          ...countAxis(colors),
          name: "Risk",
          nameTextStyle: { color: colors["ink-3"], align: "right" as const },
          max: 100,
          interval: 50,
          splitLine: { show: false },
        },
      ],
      tooltip: {
        axisPointer: { type: "shadow" as const },
        formatter: (given: unknown) => {
          const day = days[(given as { dataIndex: number }[])[0]?.dataIndex ?? -1];
          if (day === undefined) return "";
          return [
            `<b>${day.day.slice(0, 10)} UTC</b>`,
            `Risk ${Math.round(day.risk)}, ${counted(day.findings, "finding")}`,
            ...day.reasons.map(escaped),
            ...(day.suppressed > 0 ? [`${number(day.suppressed)} withheld by filters`] : []),
          ].join("<br>");
        },
      },
      series: [
        ...[...SEVERITIES].reverse().map((severity) => ({
          name: severity,
          type: "bar" as const,
          stack: "findings",
          barMaxWidth: 20,
          itemStyle: { color: colors[severity] },
          data: days.map((day) => day.levels[severity]),
        })),
        {
          name: "risk",
          type: "line" as const,
          yAxisIndex: 1,
          symbol: "circle",
          symbolSize: 4,
          showSymbol: days.length <= 45,
          lineStyle: { color: colors["ink-2"], width: 1.5 },
          itemStyle: { color: colors["ink-2"] },
          data: days.map((day) => Math.round(day.risk)),
        },
      ],
    }),
    [days],
  );
  const filled = days.filter((day) => day.findings > 0 || day.suppressed > 0);
  return (
    <Chart
      label={`Risk and findings by day, UTC: ${counted(filled.length, "day")} of ${days.length} with findings`}
      height={190}
      option={option}
      onClick={({ x }) => {
        const day = days[Math.round(x)];
        if (day && day.findings > 0) router.push(dayHref(type, value, day.day));
      }}
      table={{
        columns: ["Day, UTC", "Risk", "Findings", ...SEVERITIES.map(words), "Withheld"],
        rows: filled.map((day) => [
          <Link key="day" href={dayHref(type, value, day.day)} className="text-accent-ink hover:underline">
            {day.day.slice(0, 10)}
          </Link>,
          Math.round(day.risk),
          number(day.findings),
          ...SEVERITIES.map((severity) => number(day.levels[severity])),
          number(day.suppressed),
        ]),
      }}
    />
  );
}
