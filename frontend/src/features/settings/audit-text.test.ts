import { describe, expect, it } from "vitest";

import { actionText, detailText } from "./audit-text";

describe("an entry of the audit log in words", () => {
  it("says the action", () => {
    expect(actionText("member.role_changed")).toBe("Member: role changed");
    expect(actionText("started")).toBe("Started");
  });
  it("says what changed from what to what", () => {
    expect(detailText({ from: "viewer", to: "admin", email: "ann@example.com" })).toBe(
      "viewer → admin, email ann@example.com",
    );
    expect(detailText({ retention_days: { from: 90, to: 30 } })).toBe("retention days 90 → 30");
    expect(detailText({ assignee: { from: null, to: "ann" } })).toBe("assignee nothing → ann");
  });
  it("leaves nothing out that it has no words for", () => {
    expect(detailText({ scopes: ["hec"], ok: false, count: 0 })).toBe('scopes ["hec"], ok false, count 0');
    expect(detailText({})).toBe("");
  });
});
