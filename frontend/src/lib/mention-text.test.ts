import { describe, expect, it } from "vitest";

import { partsOf, plainText, toSent, toWritten, typedMention } from "./mention-text";

const ANN = "0b8f3f1e-6f0e-4c58-9a52-1f3f9f3f0a01";
const ANNA = "0b8f3f1e-6f0e-4c58-9a52-1f3f9f3f0a02";
const NAMES = new Map([
  [ANN, "Ann"],
  [ANNA, "Ann Smith"],
]);

describe("mentions in comments", () => {
  it("sets members apart and leaves the rest as it is", () => {
    expect(partsOf(`hi @[${ANN}], see a@[b] and @[${ANN.slice(1)}]`)).toEqual([
      { text: "hi " },
      { userId: ANN },
      { text: `, see a@[b] and @[${ANN.slice(1)}]` },
    ]);
    expect(plainText(`@[${ANN}] and @[${ANNA}]`, (id) => NAMES.get(id) ?? "?")).toBe("@Ann and @Ann Smith");
  });

  it("sends what was written as it was kept", () => {
    const kept = `@[${ANNA}] asked @[${ANN}]: mail ann@example.com?`;
    const { text, named } = toWritten(kept, NAMES);
    expect(text).toBe("@Ann Smith asked @Ann: mail ann@example.com?");
    expect(toSent(text, named)).toBe(kept);
  });

  it("names nobody by the beginning of another name", () => {
    const named = [{ userId: ANN, name: "Ann" }];
    expect(toSent("@Anna is not @Ann", named)).toBe(`@Anna is not @[${ANN}]`);
  });

  it("keeps the token of somebody who is gone", () => {
    const gone = "0b8f3f1e-6f0e-4c58-9a52-1f3f9f3f0a99";
    const { text, named } = toWritten(`ask @[${gone}]`, NAMES);
    expect(toSent(text, named)).toBe(`ask @[${gone}]`);
  });

  it("finds the name that is being typed, and no address", () => {
    expect(typedMention("hi @an", 6)).toEqual({ from: 3, query: "an" });
    expect(typedMention("hi @Ann Sm", 10)).toEqual({ from: 3, query: "Ann Sm" });
    expect(typedMention("@", 1)).toEqual({ from: 0, query: "" });
    expect(typedMention("mail ann@ex", 11)).toBeNull();
    expect(typedMention("hi @an then", 2)).toBeNull();
  });
});
