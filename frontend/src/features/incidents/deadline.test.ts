import { describe, expect, it } from "vitest";

import { clockOf } from "./deadline";

const NOW = new Date("2026-03-02T12:00:00Z");
const open = {
  closed_at: null,
  responded_at: null,
  respond_by: "2026-03-02T12:10:00Z",
  close_by: "2026-03-03T12:00:00Z",
  deadline: "2026-03-02T12:10:00Z",
  breached: null,
} as const;

describe("the service level's clock", () => {
  it("counts down to the response, and says when it is near", () => {
    expect(clockOf(open, NOW)).toMatchObject({ text: "Respond in 10 min", tone: "soon" });
    expect(clockOf(open, new Date("2026-03-02T10:00:00Z"))).toMatchObject({ text: "Respond in 2 h", tone: "calm" });
  });

  it("counts on past it", () => {
    expect(clockOf(open, new Date("2026-03-02T15:10:00Z"))).toMatchObject({ text: "Respond 3 h late", tone: "late" });
  });

  it("counts down to closing once somebody took it on", () => {
    const taken = { ...open, responded_at: "2026-03-02T12:05:00Z", deadline: open.close_by };
    expect(clockOf(taken, NOW)).toMatchObject({ text: "Close in 1 d", tone: "calm" });
  });

  it("says of a closed one whether it was in time", () => {
    const closed = { ...open, closed_at: "2026-03-02T13:00:00Z", deadline: null };
    expect(clockOf(closed, NOW)?.text).toBe("In time");
    expect(clockOf({ ...closed, breached: "response" }, NOW)?.text).toBe("Answered late");
    expect(clockOf({ ...closed, breached: "close" }, NOW)?.text).toBe("Closed late");
  });

  it("is none where the severity has no deadline", () => {
    expect(clockOf({ ...open, respond_by: null, close_by: null, deadline: null }, NOW)).toBeNull();
  });
});
