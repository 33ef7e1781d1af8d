import { describe, expect, it } from "vitest";

import type { Schema } from "@/api/client";
import { apart, byImportance, eventLine, keptEvent } from "./event";
import { essence, ruleLines } from "./rule-lines";

const RULE = `title: Trail stopped
detection:
  selection:
    eventSource: cloudtrail.amazonaws.com
    eventName:
      - StopLogging
      - DeleteTrail
  condition: selection
level: high
`;

describe("the rule's text", () => {
  const lines = ruleLines({
    sentence: "",
    rule_text: RULE,
    reason: null,
    selections: [{ name: "selection", first_line: 3, last_line: 7, matched: true }],
    fields: [
      { selection: "selection", field: "eventSource", first_line: 4, last_line: 4, value: "cloudtrail.amazonaws.com" },
      { selection: "selection", field: "eventName", first_line: 5, last_line: 7, value: "StopLogging" },
    ],
  });
  it("marks the lines that decided, not the other values of a list", () => {
    expect(lines.filter((line) => line.marked).map((line) => line.number)).toEqual([3, 4, 5, 6]);
    expect(lines[4]?.value).toBe("StopLogging");
  });
  it("is shown from what it asks for", () => {
    expect(essence(lines)).toEqual([1, 8]);
  });
  it("marks all lines of a field where none is the value as it stands", () => {
    const [field] = ruleLines({
      sentence: "",
      rule_text: "a|re:\n  - '^x+$'\n  - '^y+$'",
      reason: null,
      selections: [],
      fields: [{ selection: "s", field: "a", first_line: 1, last_line: 3, value: "zzz" }],
    }).filter((line) => !line.marked);
    expect(field).toBeUndefined();
  });
});

describe("an event in a line", () => {
  it("is what was called and on what", () => {
    expect(
      eventLine({
        "api.operation": "StopLogging",
        "api.service.name": "cloudtrail.amazonaws.com",
        "resources.uid": ["arn:t"],
      }),
    ).toBe("cloudtrail:StopLogging arn:t");
  });
  it("is the command, the request, the look-up, or what is known", () => {
    expect(eventLine({ "process.cmd_line": "id", "process.name": "id" })).toBe("id");
    expect(
      eventLine({ "http_request.http_method": "GET", "http_request.url.path": "/a", "http_response.code": 404 }),
    ).toBe("GET /a 404");
    expect(eventLine({ "query.hostname": "example.com" })).toBe("looked up example.com");
    expect(eventLine({})).toBe("");
  });
});

it("knows a record that was cut", () => {
  const event = { event_id: "e", raw: "é", raw_bytes: 2, attributes: { a: 1 } };
  expect(keptEvent({ event })?.whole).toBe(true);
  expect(keptEvent({ event: { ...event, raw_bytes: 3 } })?.whole).toBe(false);
  expect(keptEvent({ event: null })).toBeNull();
});

it("says how far from the finding an event is", () => {
  const from = "2026-03-01T10:00:00Z";
  expect(apart("2026-03-01T10:00:00Z", from)).toBe("0 s");
  expect(apart("2026-03-01T09:59:58.5Z", from)).toBe("-1.5 s");
  expect(apart("2026-03-01T10:12:00Z", from)).toBe("+12 min");
});

it("puts who acted before what was touched", () => {
  const named = (type: string, role: string) => ({ type, role, value: type }) as Schema<"Named">;
  expect(
    byImportance([named("resource", "target"), named("address", "actor"), named("user", "actor")]).map(
      (each) => each.type,
    ),
  ).toEqual(["user", "address", "resource"]);
});
