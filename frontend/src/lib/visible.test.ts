import { describe, expect, it } from "vitest";

import { visible } from "./visible";

describe("what a stranger wrote", () => {
  it("shows what turns the direction of text round, and what colours terminals", () => {
    expect(visible("invoice\u202egnp.exe")).toBe("invoice\\u202egnp.exe");
    expect(visible("\u2066admin\u2069 \u001b[31mred\u0000")).toBe("\\u2066admin\\u2069 \\u001b[31mred\\u0000");
  });
  it("shows what has no width, so that two names that differ look so", () => {
    expect(visible("ad\u200bmin")).toBe("ad\\u200bmin");
    expect(visible("admin\u{e0041}")).toBe("admin\\u{e0041}");
  });
  it("leaves lines, tabs and every script as they are", () => {
    const text = "one\n\ttwo Größe мир שלום עולם 漢字 😀";
    expect(visible(text)).toBe(text);
  });
});
