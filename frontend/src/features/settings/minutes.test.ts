import { describe, expect, it } from "vitest";

import { minutesOf, minutesText } from "./minutes";

describe("deadlines", () => {
  it("are read with their unit", () => {
    expect([minutesOf("30 min"), minutesOf("4h"), minutesOf(" 2 D ")]).toEqual([30, 240, 2_880]);
  });
  it("are none where nothing is given, and refused where the unit is missing or the time too long", () => {
    expect(minutesOf("  ")).toBeNull();
    for (const text of ["30", "0 min", "-1 h", "1.5 h", "2 y", "367 d"]) expect(minutesOf(text), text).toBeUndefined();
  });
  it("come back as they were given", () => {
    for (const text of ["90 min", "4 h", "2 d", ""]) expect(minutesText(minutesOf(text) ?? null)).toBe(text);
  });
});
