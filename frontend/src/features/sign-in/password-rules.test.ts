import { describe, expect, it } from "vitest";

import { isKept, passwordRules } from "./password-rules";

describe("rules of a new password", () => {
  it("are the api's: length, different characters, not the name in the address", () => {
    expect(isKept("a long sentence", "ann@example.com")).toBe(true);
    expect(isKept("short", "ann@example.com")).toBe(false);
    expect(isKept("aaaabbbbccccdddd", "ann@example.com")).toBe(false);
    expect(isKept("here is MARTHA again", "martha@example.com")).toBe(false);
    expect(isKept(`${"abcdefgh".repeat(32)}x`, "ann@example.com")).toBe(false);
  });
  it("counts characters, not the halves that JavaScript keeps them in", () => {
    expect(isKept("🐈🐕🐎🐄🐖🐑", "ann@example.com")).toBe(false);
  });
  it("does not name a rule that cannot be broken", () => {
    expect(passwordRules("", "ann@example.com")).toHaveLength(2);
    expect(passwordRules("", "martha@example.com")).toHaveLength(3);
  });
});
