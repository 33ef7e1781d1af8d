import { describe, expect, it } from "vitest";

import { dayBounds, lastDays } from "./days";

describe("findings by day", () => {
  it("has every day up to today, also those without findings", () => {
    const now = Date.parse("2026-03-01T23:59:00Z");
    expect(lastDays([{ value: "2026-02-28", count: 4 }], 3, now)).toEqual([
      { day: "2026-02-27", count: 0 },
      { day: "2026-02-28", count: 4 },
      { day: "2026-03-01", count: 0 },
    ]);
  });
  it("bounds a day in UTC, whatever the reader's zone", () => {
    expect(dayBounds("2026-03-29")).toEqual({ from: "2026-03-29T00:00:00.000Z", to: "2026-03-30T00:00:00.000Z" });
  });
});
