import { expect, it } from "vitest";

import { tokenState } from "./token-state";

it("is revoked before it is expired, and expired at the very time", () => {
  const now = new Date("2026-03-02T10:00:00Z");
  const at = "2026-03-02T10:00:00Z";
  expect(tokenState({ revoked_at: at, expires_at: at }, now)).toBe("revoked");
  expect(tokenState({ revoked_at: null, expires_at: at }, now)).toBe("expired");
  expect(tokenState({ revoked_at: null, expires_at: "2026-03-02T10:00:01Z" }, now)).toBe("open");
  expect(tokenState({ revoked_at: null, expires_at: null }, now)).toBe("open");
});
