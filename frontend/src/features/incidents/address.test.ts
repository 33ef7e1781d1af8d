import { describe, expect, it } from "vitest";

import { filterAddress, filterValues } from "@/lib/filters";
import { OPEN_STATES, apiSort, headingSort, queryText, queueQuery, viewText } from "./address";

const NOW = Date.parse("2026-03-02T12:00:00Z");

describe("the queue's address", () => {
  it("asks for open incidents, gravest first, where it says nothing", () => {
    expect(queueQuery("", NOW)).toEqual({ state: [...OPEN_STATES], sort: "severity" });
  });

  it("asks for all states with any, and never sends any to the api", () => {
    expect(queueQuery("state=any", NOW)).toEqual({ sort: "severity" });
  });

  it("repeats what is chosen more than once", () => {
    const query = queueQuery("severity=high&severity=critical&state=closed&open=abc", NOW);
    expect(queryText(query)).toBe("state=closed&severity=high&severity=critical&sort=severity");
  });

  it("counts a relative time from now and passes a given one on", () => {
    expect(queueQuery("from=-24h", NOW).first_at).toBe("2026-03-01T12:00:00.000Z");
    expect(queueQuery("from=2026-03-01T00:00:00Z", NOW).first_at).toBe("2026-03-01T00:00:00Z");
  });

  it("is the same view whatever the order and whatever is open", () => {
    expect(viewText("open=x&sort=severity&severity=low&severity=high")).toBe("severity=high&severity=low");
    expect(viewText("severity=high&severity=low")).toBe("severity=high&severity=low");
    expect(viewText("")).toBe("");
  });
});

describe("filters with a default", () => {
  it("leave the address clean where the default is chosen, and say any where nothing is", () => {
    expect(filterAddress(["triage", "new", "contained"], OPEN_STATES)).toEqual([]);
    expect(filterAddress([], OPEN_STATES)).toEqual(["any"]);
    expect(filterAddress([])).toEqual([]);
    expect(filterValues([], OPEN_STATES)).toEqual(OPEN_STATES);
    expect(filterValues(["any"], OPEN_STATES)).toEqual([]);
  });
});

describe("headings", () => {
  it("turn age around and keep what has one direction", () => {
    expect(apiSort("-age")).toBe("age");
    expect(apiSort("age")).toBe("created_at");
    expect(apiSort("risk")).toBe("risk");
    expect(headingSort("age")).toBe("-age");
    expect(headingSort("created_at")).toBe("age");
    expect(headingSort("deadline")).toBe("deadline");
  });
});
