"use client";

import { BarChart, LineChart } from "echarts/charts";
import {
  BrushComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  ToolboxComponent,
  TooltipComponent,
} from "echarts/components";
import { type EChartsType, init, use as register } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

import { useDark } from "@/components/shell/theme";
import type { ChartGiven } from "./chart";
import { chartBase, readColors } from "./chart-look";

register([
  BarChart,
  LineChart,
  GridComponent,
  TooltipComponent,
  BrushComponent,
  ToolboxComponent,
  MarkLineComponent,
  MarkAreaComponent,
  SVGRenderer,
]);

type Clicked = { value?: unknown; dataIndex?: number; seriesName?: string };
type Brushed = { areas?: { coordRange?: unknown }[] };

/** A chart as ECharts draws it; see `Chart`. */
export default function ChartDrawing({ option, height, onBrush, onClick }: Omit<ChartGiven, "label" | "table">) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const acts = useRef({ onBrush, onClick });
  const dark = useDark();
  const brushes = onBrush !== undefined;

  useEffect(() => {
    acts.current = { onBrush, onClick };
  });

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const drawn = init(element, null, { renderer: "svg" });
    chart.current = drawn;
    drawn.on("click", (given) => {
      const { value, dataIndex, seriesName } = given as Clicked;
      const x = Array.isArray(value) ? Number(value[0]) : (dataIndex ?? 0);
      acts.current.onClick?.({ x, series: seriesName ?? null });
    });
    // A click beside the bars means their column.
    drawn.getZr().on("click", (event) => {
      if (event.target) return;
      const at = [event.offsetX, event.offsetY];
      if (!drawn.containPixel("grid", at)) return;
      const x = drawn.convertFromPixel({ xAxisIndex: 0 }, event.offsetX) as number;
      acts.current.onClick?.({ x, series: null });
    });
    drawn.on("brushEnd", (given) => {
      const range = (given as Brushed).areas?.[0]?.coordRange;
      drawn.dispatchAction({ type: "brush", areas: [] });
      if (!Array.isArray(range)) return;
      const [from, to] = range.map(Number);
      if (from !== undefined && to !== undefined && to > from) acts.current.onBrush?.({ from, to });
    });
    const observer = new ResizeObserver(() => drawn.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    const element = place.current;
    const drawn = chart.current;
    if (element === null || drawn === null) return;
    const colors = readColors(element);
    const base = chartBase(colors);
    const own = option(colors);
    const brush = brushes
      ? {
          // Brushing needs the toolbox to be there; nobody needs to see it.
          toolbox: { show: false },
          brush: {
            xAxisIndex: 0,
            brushType: "lineX" as const,
            brushMode: "single" as const,
            toolbox: [],
            brushStyle: { color: colors.accent, opacity: 0.18, borderWidth: 0 },
            outOfBrush: { colorAlpha: 1 },
            throttleType: "debounce" as const,
            throttleDelay: 100,
          },
        }
      : {};
    drawn.setOption(
      {
        ...base,
        ...brush,
        ...own,
        grid: { ...(base.grid as object), ...(own.grid as object | undefined) },
        tooltip: { ...(base.tooltip as object), ...(own.tooltip as object | undefined) },
      },
      { notMerge: true },
    );
    if (brushes)
      drawn.dispatchAction({
        type: "takeGlobalCursor",
        key: "brush",
        brushOption: { brushType: "lineX", brushMode: "single" },
      });
  }, [option, dark, brushes]);

  return <div ref={place} style={{ height }} className={onClick ? "cursor-pointer" : undefined} />;
}
