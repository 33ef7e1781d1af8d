import { describe, expect, it } from "vitest";

import { askedAt, condition, filtered, halves, literal, tokens, withCondition, written } from "./query";

describe("a query's parts", () => {
  it("does not take a bar or a word within a text for the language's", () => {
    expect(halves('process.cmd_line contains "a | b or c" | count by source')).toEqual({
      where: 'process.cmd_line contains "a | b or c"',
      rest: "| count by source",
    });
    expect(halves("| count").where).toBe("");
  });
  it("reads a text whose end is not yet written", () => {
    expect(tokens('source = "aws')[2]).toEqual({ kind: "text", text: '"aws', start: 9, end: 13 });
  });
  it("reads doubled quotes and names in backquotes", () => {
    expect(tokens('unmapped.`a b`.c = "say ""hi"""').map((each) => each.text)).toEqual([
      "unmapped.`a b`.c",
      "=",
      '"say ""hi"""',
    ]);
  });
});

describe("conditions", () => {
  it("are joined by and, once", () => {
    expect(withCondition("", "a = 1")).toBe("a = 1");
    expect(withCondition("a = 1", "b = 2")).toBe("a = 1 and b = 2");
    expect(withCondition("a = 1 and b = 2", "b = 2")).toBe("a = 1 and b = 2");
  });
  it("stand before what is made of the events", () => {
    expect(withCondition("a = 1 | count by c", "b = 2")).toBe("a = 1 and b = 2 | count by c");
    expect(withCondition("| count by c", "b = 2", { keep: false })).toBe("b = 2");
  });
  it("keep what an or means", () => {
    expect(withCondition("a = 1 or b = 2", "c = 3")).toBe("(a = 1 or b = 2) and c = 3");
    expect(withCondition("(a = 1 or b = 2)", "c = 3")).toBe("(a = 1 or b = 2) and c = 3");
  });
  it("replace their opposite", () => {
    expect(filtered('a = "x" and b = 1', "a", "x", true)).toBe('b = 1 and a != "x"');
  });
  it("name entities whatever the attribute", () => {
    expect(filtered("a = 1", "entities", "user:alice", false)).toBe('a = 1 and entity = "user:alice"');
    expect(filtered('entity = "user:alice"', "entity", "user:alice", true)).toBe('not entity = "user:alice"');
  });
  it("write values as the language does", () => {
    expect(literal('C:\\a "b"')).toBe('"C:\\a ""b"""');
    expect(condition("dst_endpoint.port", 443)).toBe("dst_endpoint.port = 443");
    expect(condition("is_remote", true, true)).toBe("is_remote != true");
    expect(condition("privileges", ["a", "b"])).toBe('privileges in ("a", "b")');
    expect(condition("user.name", null, true)).toBe("user.name exists");
    expect(written(["unmapped", "weird name", "x"])).toBe("unmapped.`weird name`.x");
    expect(written(["a`b"])).toBe(null);
  });
});

describe("what is asked for at the cursor", () => {
  const asked = (text: string) => askedAt(text, text.length);
  it("is a name at the begin and after and", () => {
    expect(asked("act")).toMatchObject({ what: "attribute", from: 0, prefix: "act" });
    expect(asked('a.b = "x" and not (u')).toMatchObject({ what: "attribute", prefix: "u" });
  });
  it("is a value after a comparison, in a list and in an open quote", () => {
    expect(asked("source = ")).toMatchObject({ what: "value", attribute: "source", quoted: false });
    expect(asked('source = "aw')).toMatchObject({
      what: "value",
      attribute: "source",
      prefix: "aw",
      quoted: true,
      from: 9,
    });
    expect(asked('api.operation not in ("A", "B')).toMatchObject({
      what: "value",
      attribute: "api.operation",
      prefix: "B",
    });
    expect(asked("user.name contains cased ")).toMatchObject({ what: "value", attribute: "user.name" });
  });
  it("is a comparison after a name and a joint after a test", () => {
    expect(asked("source ")).toMatchObject({ what: "operator" });
    expect(asked("source not ")).toMatchObject({ what: "operator" });
    expect(asked('source = "a" ')).toMatchObject({ what: "joint" });
    expect(asked("is_remote = true a")).toMatchObject({ what: "joint", prefix: "a" });
    expect(asked("source exists ")).toMatchObject({ what: "joint" });
  });
  it("is a stage after a bar and names after by", () => {
    expect(asked("a = 1 | co")).toMatchObject({ what: "stage", prefix: "co" });
    expect(asked("| count by source, ")).toMatchObject({ what: "attribute" });
    expect(asked("| fields ")).toMatchObject({ what: "attribute" });
  });
  it("is nothing in a text that is looked for in records", () => {
    expect(asked('"mimi')).toBe(null);
  });
});
