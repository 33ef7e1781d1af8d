import { afterEach, describe, expect, it } from "vitest";

import { columnLabel, columnsOf, daysBefore, daysOf, findingsHref, stretch } from "./model";

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

describe("what stands below the columns", () => {
  const zone = process.env.TZ;
  afterEach(() => {
    process.env.TZ = zone;
  });
  const labels = (first: string, bucketSeconds: number, columns: number) =>
    Array.from({ length: columns }, (_, place) =>
      columnLabel(Date.parse(first) + place * bucketSeconds * 1000, bucketSeconds, columns),
    );
  it("names each of the reader's days once, in zones of half hours too", () => {
    for (const name of ["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Asia/Kathmandu", "UTC"]) {
      process.env.TZ = name;
      const week = labels("2026-03-01T10:00:00Z", 3_600, 24 * 7).filter((each) => each !== "");
      expect(week, name).toHaveLength(7);
      expect(new Set(week).size, name).toBe(7);
      expect(week.every((each) => /^Mar \d+$|^\d+ Mar$/.test(each))).toBe(true);
      const days = labels("2026-03-01T00:00:00Z", 86_400, 90);
      expect(days.some((each) => each.includes(":"))).toBe(false);
    }
  });
  it("has hours between the days where there is room", () => {
    expect(
      labels("2026-03-01T20:00:00Z", 3_600, 24)
        .filter((each) => each !== "")
        .slice(0, 3),
    ).toEqual(["21:00", "Mar 2", "03:00"]);
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
