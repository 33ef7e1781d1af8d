import { describe, expect, it } from "vitest";

import { durationText, localText, offsetText, relativeText, utcText } from "./time";

describe("times (the tests run in Europe/Berlin)", () => {
  it("shows the reader's zone", () => {
    expect(localText("2026-03-01T23:30:05.042Z")).toBe("2026-03-02 00:30:05");
    expect(localText("2026-07-01T23:30:05.042Z", "milli")).toBe("2026-07-02 01:30:05.042");
    expect(offsetText(new Date("2026-03-01T00:00:00Z"))).toBe("UTC+01:00");
    expect(offsetText(new Date("2026-07-01T00:00:00Z"))).toBe("UTC+02:00");
  });
  it("keeps the fraction in UTC", () => {
    expect(utcText("2026-03-01T23:30:05.042Z")).toBe("2026-03-01 23:30:05.042 UTC");
    expect(utcText("2026-03-01T23:30:05Z")).toBe("2026-03-01 23:30:05 UTC");
  });
  it("shows what is no time as it is", () => {
    expect(localText("soon")).toBe("soon");
    expect(utcText("soon")).toBe("soon");
    expect(relativeText("soon")).toBe("");
  });
  it("says how long ago", () => {
    const now = new Date("2026-03-02T00:00:00Z");
    expect(relativeText("2026-03-01T23:59:58Z", now)).toBe("now");
    expect(relativeText("2026-03-01T21:00:00Z", now)).toBe("3 h ago");
    expect(relativeText("2026-03-04T00:00:00Z", now)).toBe("in 2 d");
    expect(durationText(59)).toBe("59 s");
    expect(durationText(60)).toBe("1 min");
  });
});
