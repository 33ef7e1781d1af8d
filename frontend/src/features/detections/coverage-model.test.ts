import { describe, expect, it } from "vitest";

import { coverageColumns, reach } from "./coverage-model";

const states = (ready: number, silent = 0, fields_missing = 0, no_source = 0) => ({
  ready,
  silent,
  fields_missing,
  no_source,
});
const summary = (techniques: { technique_id: string; tactics: string[]; states: ReturnType<typeof states> }[]) => ({
  states: states(0),
  techniques,
  sampled_at: "2026-03-01T00:00:00Z",
  records: 0,
});
const coverage = (...techniques: [string, "low" | "high"][]) => ({
  techniques: techniques.map(([technique_id, level]) => ({
    technique_id,
    level,
    rule_ids: ["a"],
    log_sources: [],
    tactics: [],
  })),
  rules: 1,
  untold: 0,
});

describe("the coverage matrix", () => {
  it("has all tactics in kill-chain order, and a technique below each that its rules name", () => {
    const columns = coverageColumns(
      coverage(["T1078", "high"]),
      summary([
        { technique_id: "T1110", tactics: ["TA0006"], states: states(0, 1) },
        { technique_id: "T1078", tactics: ["TA0006", "TA0001"], states: states(1, 0, 2, 1) },
      ]),
    );
    expect(columns).toHaveLength(15);
    const below = (id: string) => columns.find((column) => column.tactic.id === id)?.cells.map((cell) => cell.id);
    expect(below("TA0006")).toEqual(["T1078", "T1110"]);
    expect(below("TA0001")).toEqual(["T1078"]);
    expect(below("TA0040")).toEqual([]);
    expect(columns[2]?.cells[0]).toMatchObject({ rules: 4, canFire: 1, level: "high" });
    expect(columns[8]?.cells[1]).toMatchObject({ rules: 1, canFire: 0, level: null });
  });
  it("leaves no technique out: those without a known tactic stand last", () => {
    const columns = coverageColumns(
      coverage(),
      summary([{ technique_id: "T9", tactics: ["TA9999"], states: states(1) }]),
    );
    expect(columns[15]?.cells.map((cell) => cell.id)).toEqual(["T9"]);
  });
  it("tells all, some and none apart", () => {
    expect([reach({ rules: 2, canFire: 2 }), reach({ rules: 2, canFire: 1 }), reach({ rules: 2, canFire: 0 })]).toEqual(
      ["all", "some", "none"],
    );
  });
});
