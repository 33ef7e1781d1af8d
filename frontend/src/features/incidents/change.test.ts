// @vitest-environment jsdom
import { describe, expect, it } from "vitest";

import type { Incident } from "./address";
import { refusals, wayBack } from "./change";

const row = (given: Partial<Incident>): Incident =>
  ({ incident_id: "a", number: 1, state: "new", assignee_id: null, verdict: null, version: 1, ...given }) as Incident;

describe("the way back", () => {
  it("is one request for all that were the same", () => {
    const before = [row({ incident_id: "a" }), row({ incident_id: "b", state: "triage" }), row({ incident_id: "c" })];
    const back = wayBack(before, { state: "closed", verdict: "benign" });
    expect(back.map((each) => [each.incidents.map((one) => one.incident_id), each.change])).toEqual([
      [["a", "c"], { state: "new", verdict: null }],
      [["b"], { state: "triage", verdict: null }],
    ]);
  });

  it("gives a severity that was worked out back as such", () => {
    const before = [row({ severity: "low", computed_severity: "low" })];
    expect(wayBack(before, { severity: "high" })[0]?.change).toEqual({ severity: null });
  });
});

describe("what was refused", () => {
  const incidents = [row({ incident_id: "a", number: 1 }), row({ incident_id: "b", number: 2 })];

  it("is nothing where all went well", () => {
    expect(refusals([{ incident_id: "a", outcome: "unchanged", reason: null, version: 1 }], incidents)).toBeNull();
  });

  it("is said once for each reason, with the numbers", () => {
    const outcomes = incidents.map(({ incident_id }) => ({
      incident_id,
      outcome: "conflict" as const,
      reason: "Somebody changed it since.",
      version: 4,
    }));
    expect(refusals(outcomes, incidents)).toBe("2 incidents were not changed. #1, #2: Somebody changed it since.");
  });
});
