// @vitest-environment jsdom
import { describe, expect, it } from "vitest";

import { derived, keepDraft, keptDraft, lineAt, newId } from "./draft";

const RULE = `title: 'Key Created'
id: 11111111-2222-3333-4444-555555555555
# why
logsource: {product: aws}
detection:
    selection:
        id: 5
    condition: selection
`;

describe("a duplicate of a rule", () => {
  it("has an id and title of its own, says where it is from, and keeps all else", () => {
    expect(derived(RULE, "11111111-2222-3333-4444-555555555555", "new-id")).toBe(`title: "Key Created (own)"
id: new-id
related:
    - id: 11111111-2222-3333-4444-555555555555
      type: derived
# why
logsource: {product: aws}
detection:
    selection:
        id: 5
    condition: selection
`);
  });
  it("leaves a rule's own relations, which say where it is from", () => {
    const text = derived(`${RULE}related:\n    - id: x\n      type: similar\n`, "a", "b");
    expect(text.match(/^related:/gm)).toHaveLength(1);
  });
  it("gives an id to one that has none", () => {
    expect(derived("title: A\nlevel: low\n", "from", "b")).toContain("\nid: b\n");
  });
});

describe("a draft", () => {
  it("is kept apart for each rule and for a new one", () => {
    const draft = { text: "a", enabled: false, samples: [{ kind: "positive" as const, record: "{}" }], etag: "1" };
    keepDraft("one", draft);
    expect(keptDraft("one")).toEqual(draft);
    expect(keptDraft("new")).toBeNull();
    keepDraft("one", null);
    expect(keptDraft("one")).toBeNull();
  });
  it("that cannot be read is none", () => {
    sessionStorage.setItem("rule-draft:new", "{");
    expect(keptDraft("new")).toBeNull();
  });
});

it("finds a line's ends, and those of the last where there is no such line", () => {
  expect(lineAt("ab\ncd\ne", 2)).toEqual({ from: 3, to: 5 });
  expect(lineAt("ab\ncd", 9)).toEqual({ from: 3, to: 5 });
});

it("makes ids that are UUIDs of version 4", () => {
  for (let count = 0; count < 50; count += 1)
    expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
