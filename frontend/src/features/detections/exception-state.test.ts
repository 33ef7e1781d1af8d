import { describe, expect, it } from "vitest";

import { daysLeft, exceptionState } from "./exception-state";

const now = Date.parse("2026-03-01T12:00:00Z");
const filter = (expires: string | null, revoked: string | null = null) => ({
  expires_at: expires,
  revoked_at: revoked,
});

describe("an exception", () => {
  it("is active until its end, and not at it", () => {
    expect(exceptionState(filter("2026-03-01T12:00:00.001Z"), now)).toBe("active");
    expect(exceptionState(filter("2026-03-01T12:00:00Z"), now)).toBe("expired");
    expect(exceptionState(filter(null), now)).toBe("active");
  });
  it("is ended once somebody ended it, whatever its expiry", () => {
    expect(exceptionState(filter(null, "2026-02-01T00:00:00Z"), now)).toBe("ended");
  });
  it("has part of a day left as a day", () => {
    expect(daysLeft(filter("2026-03-02T13:00:00Z"), now)).toBe(2);
    expect(daysLeft(filter(null), now)).toBeNull();
  });
});
