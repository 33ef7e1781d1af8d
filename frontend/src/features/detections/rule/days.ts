const DAY = 86_400_000;

export type Day = { day: string; count: number };

/** The last days up to today (UTC), the oldest first, with their counts; days that are not counted are 0. */
export function lastDays(counted: readonly { value: string; count: number }[], days: number, now: number): Day[] {
  const known = new Map(counted.map((each) => [each.value, each.count]));
  return Array.from({ length: days }, (_, place) => {
    const day = new Date(now - (days - 1 - place) * DAY).toISOString().slice(0, 10);
    return { day, count: known.get(day) ?? 0 };
  });
}

/** First and last moment of a day (UTC), as the api takes them. */
export function dayBounds(day: string): { from: string; to: string } {
  const start = Date.parse(`${day}T00:00:00Z`);
  return { from: new Date(start).toISOString(), to: new Date(start + DAY).toISOString() };
}
