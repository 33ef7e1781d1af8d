import { expect, it } from "vitest";

import { type Day, daysOf, receiptsHref } from "./completeness-model";

const row = (day: string, key: string, counts: Partial<Day>): Day => ({
  day,
  key,
  batches: 1,
  received: 0,
  events: 0,
  skipped: 0,
  malformed: 0,
  duplicates: 0,
  last_received_at: day,
  last_event_at: null,
  ...counts,
});

it("sums the rows of a day, and shows days on which nothing came", () => {
  const rows = [
    row("2026-03-01T00:00:00Z", "a", { events: 2 }),
    row("2026-03-01T00:00:00Z", "b", { events: 3, malformed: 1 }),
    row("2026-03-03T00:00:00Z", "a", { duplicates: 4 }),
  ];
  const { starts, sums } = daysOf(rows, "2026-03-01T12:00:00Z", "2026-03-03T12:00:00Z");
  expect(starts).toHaveLength(3);
  expect(sums.events).toEqual([5, 0, 0]);
  expect(sums.malformed).toEqual([1, 0, 0]);
  expect(sums.duplicates).toEqual([0, 0, 4]);
});

it("opens the receipts of one day", () => {
  const day = row("2026-03-01T00:00:00Z", "aws_cloudtrail", {});
  expect(receiptsHref("source", day)).toBe(
    "/sources/receipts?source=aws_cloudtrail&from=2026-03-01T00%3A00%3A00Z&to=2026-03-02T00%3A00%3A00.000Z",
  );
  expect(receiptsHref("source", { ...day, key: "" })).not.toContain("source=");
});
