import { type GraphEdge, type GraphNode, SIZES } from "./model";

export type Place = { x: number; y: number };
/** The part of the graph in sight: its offset and zoom, as React Flow's `transform`. */
export type View = readonly [x: number, y: number, zoom: number];

/** With more nodes or edges than this, edges are drawn on one canvas, and nodes too while they are too small to read. */
export const MOST_ELEMENTS = 700;
/** Below this zoom a node's text cannot be read. */
export const FAR_ZOOM = 0.3;
const NEAR_EDGE_PX = 6;

/** Where an edge leaves and arrives: as its handles stand, at the sides; of a join below and above. */
export function ends(
  edge: GraphEdge,
  kinds: ReadonlyMap<string, GraphNode["kind"]>,
  places: ReadonlyMap<string, Place>,
) {
  const [from, to] = [places.get(edge.source), places.get(edge.target)];
  const [fromKind, toKind] = [kinds.get(edge.source), kinds.get(edge.target)];
  if (!from || !to || !fromKind || !toKind) return null;
  const [a, b] = [SIZES[fromKind], SIZES[toKind]];
  return edge.kind === "join"
    ? { x1: from.x + a.width / 2, y1: from.y + a.height, x2: to.x + b.width / 2, y2: to.y }
    : { x1: from.x + a.width, y1: from.y + a.height / 2, x2: to.x, y2: to.y + b.height / 2 };
}

/** What is at a point of the graph: a node, else an edge that passes within a few pixels; null where nothing is. */
export function elementAt(
  point: Place,
  zoom: number,
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  places: ReadonlyMap<string, Place>,
): string | null {
  for (const node of nodes) {
    const at = places.get(node.id);
    const { width, height } = SIZES[node.kind];
    if (at && point.x >= at.x && point.x <= at.x + width && point.y >= at.y && point.y <= at.y + height) return node.id;
  }
  const kinds = new Map(nodes.map((node) => [node.id, node.kind]));
  let [best, nearest] = [null as string | null, NEAR_EDGE_PX / zoom];
  for (const edge of edges) {
    const line = ends(edge, kinds, places);
    if (line === null) continue;
    const [dx, dy] = [line.x2 - line.x1, line.y2 - line.y1];
    const along = ((point.x - line.x1) * dx + (point.y - line.y1) * dy) / (dx * dx + dy * dy || 1);
    const at = Math.max(0, Math.min(1, along));
    const away = Math.hypot(point.x - line.x1 - at * dx, point.y - line.y1 - at * dy);
    if (away < nearest) [best, nearest] = [edge.id, away];
  }
  return best;
}
