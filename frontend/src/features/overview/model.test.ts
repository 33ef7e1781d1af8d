import { describe, expect, it } from "vitest";

import { columnsOf, daysBefore, daysOf, findingsHref, stretch } from "./model";

const given = {
  first_at: "2026-03-01T10:30:00Z",
  before: "2026-03-01T13:30:00Z",
  bucket_seconds: 3600,
  findings: [
    { start_at: "2026-03-01T10:00:00Z", level: "high" as const, count: 2 },
    { start_at: "2026-03-01T13:00:00Z", level: "low" as const, count: 5 },
  ],
};

describe("findings over time", () => {
  it("have a column for each stretch, empty ones too, and lose no finding", () => {
    const { starts, counts } = columnsOf(given);
    expect(starts.map((at) => new Date(at).toISOString().slice(11, 16))).toEqual(["10:00", "11:00", "12:00", "13:00"]);
    expect(counts.high).toEqual([2, 0, 0, 0]);
    expect(counts.low).toEqual([0, 0, 0, 5]);
  });
  it("link to what was counted, not to more at the ends", () => {
    expect(stretch(given, Date.parse("2026-03-01T10:00:00Z"))).toEqual({
      from: "2026-03-01T10:30:00.000Z",
      to: "2026-03-01T11:00:00.000Z",
    });
    expect(stretch(given, Date.parse("2026-03-01T13:00:00Z")).to).toBe("2026-03-01T13:30:00.000Z");
  });
});

it("reads days from an address, and only those that are offered", () => {
  expect(daysOf("30")).toBe(30);
  expect(daysOf("31")).toBe(7);
  expect(daysOf(undefined)).toBe(7);
});

it("makes addresses", () => {
  expect(findingsHref({ from: "a", to: "b" }, { level: "high" })).toBe("/findings?state=open&level=high&from=a&to=b");
  expect(daysBefore("2026-03-02T00:00:00Z", 1)).toBe("2026-03-01T00:00:00.000Z");
});
