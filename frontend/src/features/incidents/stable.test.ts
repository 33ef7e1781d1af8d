import { describe, expect, it } from "vitest";

import { settle } from "./stable";

const shown = (ids: string[]) => ({ key: "k", ids });

describe("rows that stay in their places", () => {
  it("takes the first rows and those of another list as they come", () => {
    expect(settle(null, "k", ["a", "b"]).ids).toEqual(["a", "b"]);
    expect(settle(shown(["a", "b"]), "other", ["c"]).ids).toEqual(["c"]);
  });

  it("lets new rows wait and keeps the order", () => {
    expect(settle(shown(["a", "b"]), "k", ["new", "b", "a"]).ids).toEqual(["a", "b"]);
  });

  it("is the same object where nothing differs, so that nothing is drawn again", () => {
    const before = shown(["a", "b"]);
    expect(settle(before, "k", ["new", "a", "b"])).toBe(before);
  });

  it("lets rows go that are gone", () => {
    expect(settle(shown(["a", "b", "c"]), "k", ["a", "c"]).ids).toEqual(["a", "c"]);
  });

  it("adds a further page and lets what is new above wait on", () => {
    expect(settle(shown(["a", "b"]), "k", ["new", "a", "b", "c", "d"]).ids).toEqual(["a", "b", "c", "d"]);
  });

  it("fills up from behind what moves nothing", () => {
    expect(settle(shown(["a", "b", "c"]), "k", ["a", "c", "d"]).ids).toEqual(["a", "c", "d"]);
  });

  it("is the same object while a list stays empty", () => {
    const before = shown([]);
    expect(settle(before, "k", [])).toBe(before);
  });

  it("takes rows that come into an empty list", () => {
    expect(settle(shown([]), "k", ["a"]).ids).toEqual(["a"]);
  });
});
