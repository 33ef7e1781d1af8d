import { describe, expect, it } from "vitest";

import { hexTexts, leaves, markedPaths, markedTexts, openAtFirst, pieces, treeOf } from "./raw-event";

const tree = (value: unknown) => {
  const made = treeOf(JSON.stringify(value));
  if (made === null) throw new Error("no tree");
  return made;
};

describe("a record as a tree", () => {
  it("is none for what is no JSON object or list", () => {
    expect(treeOf("Mar  3 10:00:00 web-1 sshd[1]: Failed password")).toBeNull();
    expect(treeOf('{"cut": "off')).toBeNull();
    expect(treeOf("12")).toBeNull();
  });
  it("names each leaf by its path", () => {
    const paths = [...leaves(tree({ a: { b: [1, { c: null }] }, d: true }))].map((leaf) => [leaf.path, leaf.text]);
    expect(paths).toEqual([
      ["a.b[0]", "1"],
      ["a.b[1].c", "null"],
      ["d", "true"],
    ]);
  });
});

describe("what a rule's fields mean in it", () => {
  it("is the leaf of that path, and no other with the same value", () => {
    const record = tree({ verb: "create", note: "create", objectRef: { resource: "pods" } });
    expect([...markedPaths(record, { verb: "create", "objectRef.resource": "pods" })]).toEqual([
      "verb",
      "objectRef.resource",
    ]);
  });
  it("is the leaf of that name where the record nests it", () => {
    const record = tree({ winlog: { event_id: "1102", record_id: 1102, provider_name: "Microsoft-Windows-Eventlog" } });
    expect([...markedPaths(record, { EventID: 1102, Provider_Name: "Microsoft-Windows-Eventlog" })]).toEqual([
      "winlog.event_id",
      "winlog.provider_name",
    ]);
  });
  it("is each place of a list, and the leaf that holds the value among other text", () => {
    const record = tree({ items: [{ key: "a" }, { key: "b" }], message: "ran: whoami /all" });
    expect([...markedPaths(record, { "items.key": "a" })]).toEqual(["items[0].key", "items[1].key"]);
    expect([...markedPaths(record, { CommandLine: "whoami /all" })]).toEqual(["message"]);
  });
  it("is nothing where a short value stands within others by chance", () => {
    expect(markedPaths(tree({ message: "x10y" }), { port: "10" }).size).toBe(0);
  });
  it("takes paths and values without fields", () => {
    expect([...markedPaths(tree({ a: "one", b: "two" }), ["a", "two"])]).toEqual(["a", "b"]);
  });
});

describe("marks in a text", () => {
  it("keep the text whole", () => {
    const text = "a (b) c (B)";
    const found = pieces(text, ["(b)"]);
    expect(found.map((each) => each.text).join("")).toBe(text);
    expect(found.filter((each) => each.marked).map((each) => each.text)).toEqual(["(b)", "(B)"]);
  });
  it("find what auditd wrote in hexadecimal digits", () => {
    expect([...hexTexts("a2=6563686F20C3A9 a0=55d0c8a1e2f0 inode=13120212 node=00000000")]).toEqual([
      ["6563686F20C3A9", "echo é"],
    ]);
  });
  it("are the value and its longer arguments", () => {
    expect(markedTexts({ CommandLine: "cat /etc/shadow" })).toEqual(["cat /etc/shadow", "/etc/shadow"]);
  });
  it("are none without values", () => {
    expect(pieces("abc", [])).toEqual([{ text: "abc", marked: false }]);
  });
});

it("opens what leads to a mark in a large record, and not the rest", () => {
  const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`k${index}`, index]));
  const record = tree({ many, deep: { er: { mark: "x" } } });
  expect([...openAtFirst(record, new Set(["deep.er.mark"]))].sort()).toEqual(["", "deep", "deep.er"]);
});
