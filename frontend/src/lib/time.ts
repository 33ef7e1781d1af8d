/** Times: the reader's zone, with its offset shown where it matters, UTC beside it. All take ISO 8601 texts or Dates. */

const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");

export function offsetText(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** `2026-03-01 14:03:22` in the reader's zone. */
export function localText(value: string | Date, parts: "second" | "minute" | "milli" | "day" = "second"): string {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return String(value);
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  if (parts === "day") return day;
  const minute = `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
  if (parts === "minute") return minute;
  const second = `${minute}:${pad(date.getSeconds())}`;
  return parts === "milli" ? `${second}.${pad(date.getMilliseconds(), 3)}` : second;
}

/** `2026-03-01 13:03:22.120 UTC`. */
export function utcText(value: string | Date): string {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return String(value);
  const text = date.toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, date.getUTCMilliseconds() === 0 ? 19 : 23)} UTC`;
}

const STEPS: [number, string][] = [
  [86_400 * 365, "y"],
  [86_400 * 30, "mo"],
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
];

/** A length of time in its largest unit: `3 h`, `12 d`. */
export function durationText(seconds: number): string {
  const size = Math.abs(seconds);
  for (const [step, unit] of STEPS) if (size >= step) return `${Math.floor(size / step)} ${unit}`;
  return `${Math.floor(size)} s`;
}

/** `3 h ago`, `in 2 d`, `now`. */
export function relativeText(value: string | Date, now: Date = new Date()): string {
  const seconds = (now.getTime() - new Date(value).getTime()) / 1000;
  if (Number.isNaN(seconds)) return "";
  if (Math.abs(seconds) < 5) return "now";
  return seconds > 0 ? `${durationText(seconds)} ago` : `in ${durationText(seconds)}`;
}
