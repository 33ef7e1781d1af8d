"use client";

import type { EChartsOption } from "echarts";
import { ChartNoAxesColumn, Table2 } from "lucide-react";
import dynamic from "next/dynamic";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { IconButton } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import type { ChartColors } from "./chart-look";

export type { ChartColors } from "./chart-look";

export type ChartGiven = {
  /** Keep it the same between renders (`useCallback`): a new one draws anew. Axes and tooltips by `chart-look`. */
  option: (colors: ChartColors) => EChartsOption;
  height: number;
  /** Says what is drawn, for those who do not see it. */
  label: string;
  /** A stretch of the x axis was dragged over: milliseconds on a time axis. */
  onBrush?: (range: { from: number; to: number }) => void;
  /** Where on the x axis (milliseconds, or the place in a list of categories), and on which series; null: on none. */
  onClick?: (at: { x: number; series: string | null }) => void;
  /** The same as text: what a mouse can do with the chart must be possible by links in it. */
  table?: { columns: string[]; rows: ReactNode[][] };
};

const Drawing = dynamic(() => import("./chart-drawing"), { ssr: false });

/**
 * A chart, with its numbers as a table for those who want them. The library comes when the chart is in sight.
 *
 *     <Chart label="Findings over time" height={160} option={option} onClick={({ x }) => ...} table={{ columns, rows }} />
 */
export function Chart({ option, height, label, onBrush, onClick, table }: ChartGiven) {
  const place = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(false);
  const [asTable, setAsTable] = useState(false);

  useEffect(() => {
    const element = place.current;
    if (element === null || seen) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [seen]);

  return (
    <figure ref={place} aria-label={label} className="group relative min-w-0" style={{ minHeight: height }}>
      {table ? (
        <IconButton
          small
          label={asTable ? "Show as chart" : "Show as table"}
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
          className={cn(
            "no-print absolute -top-7 right-0 z-10",
            !asTable && "opacity-0 group-hover:opacity-100 focus-visible:opacity-100",
          )}
        >
          {asTable ? <ChartNoAxesColumn size={13} aria-hidden /> : <Table2 size={13} aria-hidden />}
        </IconButton>
      ) : null}
      {asTable && table ? (
        <ChartTable label={label} table={table} height={height} />
      ) : (
        <div role="img" aria-label={label} style={{ height }}>
          {seen ? (
            <Drawing
              option={option}
              height={height}
              {...(onBrush ? { onBrush } : {})}
              {...(onClick ? { onClick } : {})}
            />
          ) : null}
        </div>
      )}
    </figure>
  );
}

function ChartTable({
  label,
  table,
  height,
}: {
  label: string;
  table: NonNullable<ChartGiven["table"]>;
  height: number;
}) {
  return (
    <div
      role="region"
      aria-label={label}
      tabIndex={0}
      className="overflow-auto"
      style={{ maxHeight: Math.max(height, 220) }}
    >
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-ink-3">
            {table.columns.map((column, index) => (
              <th
                key={column}
                scope="col"
                className={cn("sticky top-0 bg-canvas py-0.5 pr-3 font-medium", index > 0 && "text-right")}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index} className="border-t border-line">
              {row.map((cell, place) => (
                <td key={place} className={cn("py-0.5 pr-3 whitespace-nowrap", place > 0 && "text-right")}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
