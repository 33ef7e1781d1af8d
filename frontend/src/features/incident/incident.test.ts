import { describe, expect, it } from "vitest";

import { layout } from "./graph/layout";
import { MOST_ENTITIES, MOST_FINDINGS, graphModel, nodeHas } from "./graph/model";
import { said } from "./history";
import { type Incident, type TimelineItem, actorName, clashes } from "./incident";
import { type Process, treeRows } from "./process-rows";
import { distinct, phases, tacticCounts, whys } from "./story-model";

const item = (id: string, minute: number, more: Partial<TimelineItem> = {}): TimelineItem => ({
  finding_id: id,
  time: new Date(Date.UTC(2026, 2, 3, 10, minute)).toISOString(),
  title: `Rule ${id}`,
  level: "high",
  rule_id: "r",
  source: "cloudtrail",
  tactics: ["TA0003"],
  entities: [],
  reason: null,
  ...more,
});
const join = (finding_id: string, to: string | null, repeats: string[] = []): Incident["joins"][number] => ({
  finding_id,
  joined_finding_id: to,
  entities: [],
  gap_seconds: 60,
  weight: 1,
  reason: "user eve in both, 1 min apart",
  repeats,
});
const user = (value: string, role = "actor") => ({ type: "user", value, role });

describe("the story", () => {
  it("places findings in event time, tactics in kill-chain order", () => {
    const { rows } = phases([
      item("a", 0, { tactics: ["TA0010", "TA0001"] }),
      item("b", 30, { tactics: ["TA0001"] }),
      item("c", 60, { tactics: ["TA0010"] }),
    ]);
    expect(rows.map((row) => [row.tactic, row.marks.map((mark) => mark.at)])).toEqual([
      ["TA0001", [0, 0.5]],
      ["TA0010", [0, 1]],
    ]);
  });

  it("puts findings of one moment into the middle", () => {
    expect(phases([item("a", 5)]).rows[0]?.marks[0]?.at).toBe(0.5);
    expect(tacticCounts([item("a", 5), item("b", 5, { tactics: ["TA0003", "TA0001"] })])).toEqual({
      TA0003: 2,
      TA0001: 1,
    });
  });

  it("knows why each finding is in the incident", () => {
    const reasons = whys({ joins: [join("a", null), join("b", "a", ["c"])] });
    expect(reasons.get("a")).toEqual({ kind: "first" });
    expect(reasons.get("b")).toMatchObject({ kind: "joined", to: "a" });
    expect(reasons.get("c")).toEqual({ kind: "repeat", of: "b" });
    expect(distinct([user("eve"), user("eve", "target"), user("bob")])).toHaveLength(2);
  });
});

describe("a change of an incident that others change too", () => {
  const before = { state: "new", verdict: null, assignee_id: null } as Incident;
  it("clashes only where somebody changed the same", () => {
    expect(clashes(before, { ...before, verdict: "benign" }, { state: "triage" })).toEqual([]);
    expect(clashes(before, { ...before, state: "closed" }, { state: "triage" })).toEqual(["state"]);
    expect(clashes(before, { ...before, assignee_id: "x" }, { assignee_id: null })).toEqual(["assignee"]);
  });
});

describe("the graph", () => {
  it("draws actors before findings, findings before targets, and joins with their reason", () => {
    const items = [
      item("a", 0, { entities: [user("eve"), user("bob", "target")] }),
      item("b", 1, { entities: [user("eve")] }),
    ];
    const { edges } = graphModel({ joins: [join("a", null), join("b", "a")] }, items, false);
    expect(edges.map((edge) => [edge.source, edge.target])).toEqual([
      ["entity user eve", "finding a"],
      ["finding a", "entity user bob"],
      ["entity user eve", "finding b"],
      ["finding a", "finding b"],
    ]);
    expect(edges.at(-1)).toMatchObject({ kind: "join", reason: "user eve in both, 1 min apart" });
  });

  it("keeps entities of one finding alone in its node where there are many, and finds them still", () => {
    const items = Array.from({ length: MOST_ENTITIES }, (_, at) =>
      item(`f${at}`, at, { entities: [user("eve"), user(`u${at}`)] }),
    );
    const model = graphModel({ joins: [] }, items, false);
    expect(model.groupedEntities).toBe(MOST_ENTITIES);
    expect(model.nodes.filter((node) => node.kind === "entity").map((node) => node.id)).toEqual(["entity user eve"]);
    expect(model.nodes.filter((node) => nodeHas(node, "u7"))).toHaveLength(1);
    expect(graphModel({ joins: [] }, items, true).groupedEntities).toBe(0);
  });

  it("gathers findings of one rule on the same entities where there are many, and loses none", () => {
    const items = Array.from({ length: MOST_FINDINGS + 1 }, (_, at) =>
      item(`f${at}`, at % 60, { entities: [user("eve")] }),
    );
    const { nodes, groupedFindings } = graphModel({ joins: [] }, items, false);
    const [first] = nodes;
    expect(first?.kind === "finding" ? first.findingIds : []).toHaveLength(MOST_FINDINGS + 1);
    expect(groupedFindings).toBe(MOST_FINDINGS);
  });

  it("places thousands of nodes within a second, none on another", () => {
    const nodes = Array.from({ length: 4_000 }, (_, order) => ({
      id: `n${order}`,
      width: 236,
      height: 46,
      column: (order % 3) as 0 | 1 | 2,
      order,
    }));
    const began = performance.now();
    const { positions, columns } = layout({ id: 1, nodes, edges: [] });
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(columns).toBe(true);
    expect(new Set(positions.map(([, x, y]) => `${x} ${y}`)).size).toBe(4_000);
  });

  it("places few in layers from left to right", () => {
    const size = { width: 200, height: 40, column: 1 as const, order: 0 };
    const { positions } = layout({
      id: 1,
      nodes: [
        { id: "a", ...size },
        { id: "b", ...size },
      ],
      edges: [{ source: "a", target: "b" }],
    });
    const x = new Map(positions.map(([id, left]) => [id, left]));
    expect(x.get("b")).toBeGreaterThan(x.get("a") ?? Infinity);
  });
});

describe("process trees", () => {
  const process = (id: string, parent_id: string | null, started_at: string | null = null) =>
    ({ id, parent_id, started_at, seen_at: null }) as Process;

  it("shows children after their parent in the order in which they began", () => {
    const rows = treeRows([
      process("late", "root", "2026-03-03T10:02:00Z"),
      process("early", "root", "2026-03-03T10:01:00Z"),
      process("child", "late", "2026-03-03T10:03:00Z"),
      process("root", null, "2026-03-03T10:00:00Z"),
    ]);
    expect(rows.map((row) => [row.process.id, row.depth])).toEqual([
      ["root", 0],
      ["early", 1],
      ["late", 1],
      ["child", 2],
    ]);
  });

  it("shows each once, whatever their parents say", () => {
    const rows = treeRows([process("a", "b"), process("b", "a"), process("c", "gone"), process("d", "d")]);
    expect(rows.map((row) => row.process.id).sort()).toEqual(["a", "b", "c", "d"]);
  });
});

describe("the history", () => {
  const entry = (action: string, details: Record<string, unknown>) =>
    said({ seq: 1, at: "", actor: "", action, details }, (id) => (id === "1" ? "Ann" : "?"));

  it("says what was done", () => {
    expect(entry("state", { from: "new", to: "closed" })).toBe("changed the state from new to closed");
    expect(entry("verdict", { from: null, to: "true_positive" })).toBe(
      "changed the verdict from none to true positive",
    );
    expect(entry("assignee", { from: null, to: "1" })).toBe("assigned it to Ann");
    expect(entry("assignee", { from: "1", to: null })).toBe("assigned it to nobody");
    expect(entry("findings_added", { added: 1 })).toBe("added 1 finding");
    expect(entry("split", { finding_ids: ["a", "b"], reason: "backup" })).toBe(
      "decided to split 2 findings off: backup",
    );
    expect(entry("something_new", {})).toBe("something new");
  });

  it("says who did it", () => {
    expect(actorName("user:9", new Map())).toBe("A former member");
    expect(actorName("token:0b8f3f1e-6f0e", new Map())).toBe("Token 0b8f3f1e");
    expect(actorName("worker:1", new Map())).toBe("Mini-XDR");
  });
});
