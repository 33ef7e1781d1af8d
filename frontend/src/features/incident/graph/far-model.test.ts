import { expect, test } from "vitest";

import { elementAt } from "./far-model";
import type { GraphEdge, GraphNode } from "./model";

const nodes: GraphNode[] = [
  { id: "who", kind: "entity", type: "user", value: "deploy", findings: 1 },
  { id: "what", kind: "finding", title: "Key made", level: "high", time: "", findingIds: ["f1"], own: [] },
];
const edges: GraphEdge[] = [{ id: "acts", kind: "names", source: "who", target: "what", role: "actor" }];
const places = new Map([
  ["who", { x: 0, y: 0 }],
  ["what", { x: 500, y: 300 }],
]);

test("a point in a node is the node, though an edge ends there", () => {
  expect(elementAt({ x: 500, y: 320 }, 0.1, nodes, edges, places)).toBe("what");
});

test("a point beside an edge is the edge while it is a few pixels away on the screen", () => {
  // The edge goes from (196, 19) to (500, 323); its middle is (348, 171).
  expect(elementAt({ x: 348, y: 176 }, 1, nodes, edges, places)).toBe("acts");
  expect(elementAt({ x: 348, y: 191 }, 1, nodes, edges, places)).toBeNull();
  expect(elementAt({ x: 348, y: 191 }, 0.1, nodes, edges, places)).toBe("acts");
});

test("an edge to a node that has no place is nowhere", () => {
  expect(elementAt({ x: 348, y: 171 }, 1, nodes, edges, new Map([["who", { x: 0, y: 0 }]]))).toBeNull();
});
