import type { EChartsOption } from "echarts";

import { localText, offsetText, utcText } from "@/lib/time";

const TOKENS = [
  "canvas",
  "surface",
  "raised",
  "sunken",
  "hover",
  "selected",
  "line",
  "line-strong",
  "ink",
  "ink-2",
  "ink-3",
  "accent",
  "accent-ink",
  "accent-soft",
  "danger",
  "warn-ink",
  "good-ink",
  "critical",
  "high",
  "medium",
  "low",
  "informational",
  "series-1",
  "series-2",
  "series-3",
  "series-4",
  "series-5",
  "series-6",
  "series-7",
  "series-8",
] as const;

/** The tokens' colours as they are now, for what cannot take them from CSS. */
export type ChartColors = Record<(typeof TOKENS)[number], string>;

/** Reads the colours within an element; `light-dark()` is resolved by the browser. */
export function readColors(within: HTMLElement): ChartColors {
  const probe = document.createElement("span");
  probe.hidden = true;
  within.append(probe);
  const colors = {} as ChartColors;
  for (const name of TOKENS) {
    probe.style.color = `var(--${name})`;
    colors[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colors;
}

const FONT = 11;

/** What all charts share; an option's own parts win. */
export function chartBase(colors: ChartColors): EChartsOption {
  return {
    animation: false,
    textStyle: { fontFamily: "inherit", fontSize: FONT, color: colors["ink-2"] },
    grid: { left: 4, right: 8, top: 10, bottom: 2, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    tooltip: {
      trigger: "axis",
      confine: true,
      transitionDuration: 0,
      axisPointer: { type: "line", lineStyle: { color: colors["line-strong"] }, label: { show: false } },
      backgroundColor: colors.raised,
      borderColor: colors.line,
      textStyle: { color: colors.ink, fontSize: 12 },
      padding: [6, 10],
    },
  };
}

const shortDay = (at: Date) => at.toLocaleDateString(undefined, { day: "numeric", month: "short" });

/** A label on a time axis in the reader's zone: a day where a day begins, else hours and minutes. */
export function timeLabel(value: number): string {
  const at = new Date(value);
  if (at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0) return shortDay(at);
  const text = localText(at);
  return at.getSeconds() === 0 ? text.slice(11, 16) : text.slice(11);
}

/** A moment in a tooltip: the reader's zone with its offset, and UTC. */
export function momentText(value: number): string {
  const at = new Date(value);
  const local = `${localText(at, "minute")} ${offsetText(at)}`;
  return at.getTimezoneOffset() === 0 ? local : `${local}<br>${utcText(at).slice(0, 16)} UTC`;
}

/** An axis of time: `xAxis: timeAxis(colors, { min, max })`. */
export function timeAxis(colors: ChartColors, given: { min?: number; max?: number } = {}) {
  return {
    type: "time" as const,
    ...given,
    axisLine: { lineStyle: { color: colors["line-strong"] } },
    axisTick: { lineStyle: { color: colors["line-strong"] } },
    axisLabel: { color: colors["ink-3"], fontSize: FONT, hideOverlap: true, formatter: timeLabel },
    splitLine: { show: false },
  };
}

/** An axis of whole numbers from nothing on. */
export function countAxis(colors: ChartColors) {
  return {
    type: "value" as const,
    min: 0,
    minInterval: 1,
    splitNumber: 3,
    axisLabel: { color: colors["ink-3"], fontSize: FONT },
    splitLine: { lineStyle: { color: colors.line } },
  };
}

/** Text for a tooltip's HTML. */
export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
