const UNITS: Record<string, number> = { min: 1, m: 1, h: 60, d: 1_440 };
const MOST = 366 * 1_440;

/** `4 h` as 240; null where nothing is given, undefined where it is no such time. */
export function minutesOf(text: string): number | null | undefined {
  if (text.trim() === "") return null;
  const found = /^\s*(\d{1,6})\s*(min|m|h|d)\s*$/i.exec(text);
  const unit = UNITS[found?.[2]?.toLowerCase() ?? ""];
  if (!found || unit === undefined) return undefined;
  const minutes = Number(found[1]) * unit;
  return minutes >= 1 && minutes <= MOST ? minutes : undefined;
}

/** 240 as `4 h`: in the largest unit that it is a whole number of. */
export function minutesText(minutes: number | null): string {
  if (minutes === null) return "";
  if (minutes % 1_440 === 0) return `${minutes / 1_440} d`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
