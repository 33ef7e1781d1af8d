import { describe, expect, it } from "vitest";

import { ownPath } from "./own-path";

describe("where one goes on to after signing in", () => {
  it("is the page that was asked for, with its filters", () => {
    expect(ownPath("/incidents/7?tab=graph#story")).toBe("/incidents/7?tab=graph#story");
    expect(ownPath("/invitation")).toBe("/invitation");
  });
  it("is the start page where nothing was asked for, or signing in again", () => {
    for (const given of [null, undefined, "", "/", "/sign-in?next=/x", "/setup", "/api/v1/session"])
      expect(ownPath(given), String(given)).toBe("/overview");
  });
  it("is never another site", () => {
    for (const given of [
      "https://evil.example",
      "//evil.example/a",
      "/\\evil.example",
      "/\t/evil.example",
      "/x/..//evil.example",
      "javascript:alert(1)",
      " //evil.example",
    ])
      expect(ownPath(given), given).toBe("/overview");
  });
});
