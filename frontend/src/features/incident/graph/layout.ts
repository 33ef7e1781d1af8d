import dagre from "@dagrejs/dagre";

export type LayoutRequest = {
  id: number;
  nodes: { id: string; width: number; height: number; column: 0 | 1 | 2; order: number }[];
  edges: { source: string; target: string }[];
};
export type LayoutAnswer = { id: number; positions: [string, number, number][]; columns: boolean };

/** Beyond this many nodes the layered layout takes too long: columns take its place. */
export const MOST_LAYERED = 700;

/** Places nodes: layers from left to right; with very many nodes three columns (who acted, what was found, what it was done to). */
export function layout({ id, nodes, edges }: LayoutRequest): LayoutAnswer {
  if (nodes.length > MOST_LAYERED) return { id, positions: inColumns(nodes), columns: true };
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({
    rankdir: "LR",
    nodesep: 12,
    ranksep: 100,
    ranker: nodes.length > 250 ? "longest-path" : "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.id, { width: node.width, height: node.height });
  for (const edge of edges) graph.setEdge(edge.source, edge.target);
  dagre.layout(graph);
  return {
    id,
    columns: false,
    positions: nodes.map((node) => {
      const { x, y } = graph.node(node.id);
      return [node.id, x - node.width / 2, y - node.height / 2];
    }),
  };
}

function inColumns(nodes: LayoutRequest["nodes"]): [string, number, number][] {
  const positions: [string, number, number][] = [];
  let x = 0;
  for (const column of [0, 1, 2] as const) {
    const here = nodes.filter((node) => node.column === column).sort((one, other) => one.order - other.order);
    const rows = Math.max(1, Math.ceil(Math.sqrt(here.length * 4)));
    here.forEach((node, index) => {
      positions.push([node.id, x + Math.floor(index / rows) * 260, (index % rows) * 60]);
    });
    x += Math.max(1, Math.ceil(here.length / rows)) * 260 + 160;
  }
  return positions;
}
