/** Ranges of time as the address has them: `from=-24h` up to now, or `from` and `to` as ISO times. */

export const RANGES = [
  { key: "15m", label: "Last 15 minutes" },
  { key: "1h", label: "Last hour" },
  { key: "4h", label: "Last 4 hours" },
  { key: "24h", label: "Last 24 hours" },
  { key: "7d", label: "Last 7 days" },
  { key: "30d", label: "Last 30 days" },
  { key: "90d", label: "Last 90 days" },
] as const;

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The length of `24h` in milliseconds; null where it is none. */
export function rangeLength(key: string): number | null {
  const found = /^(\d{1,5})([mhd])$/.exec(key);
  const unit = UNITS[found?.[2] ?? ""];
  const count = Number(found?.[1]);
  return unit === undefined || count === 0 ? null : count * unit;
}

export type Range = {
  /** ISO 8601, UTC. */
  from: string;
  to: string;
  /** `24h`, where it ends now; null where both ends are given. */
  relative: string | null;
};

/** The range that an address names; the fallback (`24h`) where it names none that makes sense. */
export function readRange(from: string, to: string, fallback: string, now: number): Range {
  const key = from.startsWith("-") ? from.slice(1) : "";
  const length = rangeLength(key);
  if (length !== null) return last(key, length, now);
  const start = Date.parse(from);
  const end = to === "" ? now : Date.parse(to);
  if (!Number.isNaN(start) && !Number.isNaN(end) && start < end)
    return { from: new Date(start).toISOString(), to: new Date(end).toISOString(), relative: null };
  return last(fallback, rangeLength(fallback) ?? UNITS.d!, now);
}

const last = (key: string, length: number, now: number): Range => ({
  from: new Date(now - length).toISOString(),
  to: new Date(now).toISOString(),
  relative: key,
});

/** What the address holds for a range. */
export function writeRange(range: { relative: string } | { from: string; to: string }): {
  from: string;
  to: string | null;
} {
  return "relative" in range ? { from: `-${range.relative}`, to: null } : { from: range.from, to: range.to };
}

/** The name of a relative range: `Last 24 hours`. */
export function rangeLabel(key: string): string {
  const known = RANGES.find((range) => range.key === key);
  if (known) return known.label;
  const unit = { m: "minute", h: "hour", d: "day" }[key.slice(-1)] ?? "";
  const count = Number(key.slice(0, -1));
  return `Last ${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** The same length before (-1) or after (1); after never ends beyond now. */
export function shifted(range: Range, by: -1 | 1, now: number): { from: string; to: string } {
  const start = Date.parse(range.from);
  const length = Date.parse(range.to) - start;
  const to = Math.min(Date.parse(range.to) + by * length, now);
  return { from: new Date(to - length).toISOString(), to: new Date(to).toISOString() };
}

/** `2026-03-01T14:03:22` in the reader's zone, as a browser's field for times has it. */
export function fieldTime(iso: string): string {
  const at = new Date(iso);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
