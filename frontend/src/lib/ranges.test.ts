import { describe, expect, it } from "vitest";

import { fieldTime, rangeLabel, rangeLength, readRange, shifted, writeRange } from "./ranges";

const NOW = Date.parse("2026-03-02T12:00:00Z");

describe("a range of time in an address", () => {
  it("is relative to now, or between two times", () => {
    expect(readRange("-7d", "", "24h", NOW)).toEqual({
      from: "2026-02-23T12:00:00.000Z",
      to: "2026-03-02T12:00:00.000Z",
      relative: "7d",
    });
    expect(readRange("2026-03-01T00:00:00Z", "2026-03-01T06:00:00+02:00", "24h", NOW)).toEqual({
      from: "2026-03-01T00:00:00.000Z",
      to: "2026-03-01T04:00:00.000Z",
      relative: null,
    });
  });
  it("ends now where only its beginning is said", () => {
    expect(readRange("2026-03-02T11:00:00Z", "", "24h", NOW).to).toBe("2026-03-02T12:00:00.000Z");
  });
  it("is the fallback where the address makes no sense", () => {
    for (const [from, to] of [
      ["", ""],
      ["-0d", ""],
      ["-7y", ""],
      ["yesterday", "today"],
      ["2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"],
    ] as const)
      expect(readRange(from, to, "1h", NOW).relative, `${from} ${to}`).toBe("1h");
  });
  it("is read as it was written", () => {
    const given = writeRange({ relative: "4h" });
    expect(readRange(given.from, given.to ?? "", "24h", NOW).relative).toBe("4h");
  });
});

it("moves by its own length, and not into the future", () => {
  const range = readRange("2026-03-02T08:00:00Z", "2026-03-02T11:00:00Z", "24h", NOW);
  expect(shifted(range, -1, NOW)).toEqual({ from: "2026-03-02T05:00:00.000Z", to: "2026-03-02T08:00:00.000Z" });
  expect(shifted(range, 1, NOW)).toEqual({ from: "2026-03-02T09:00:00.000Z", to: "2026-03-02T12:00:00.000Z" });
});

it("has lengths and names", () => {
  expect(rangeLength("15m")).toBe(900_000);
  expect(rangeLength("h")).toBeNull();
  expect(rangeLabel("24h")).toBe("Last 24 hours");
  expect(rangeLabel("1d")).toBe("Last 1 day");
});

it("is shown in a field as the clock on the wall has it", () => {
  expect(new Date(fieldTime("2026-07-01T10:20:30Z")).toISOString()).toBe("2026-07-01T10:20:30.000Z");
});
