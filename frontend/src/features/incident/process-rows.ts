import type { Schema } from "@/api/client";

export type Process = Schema<"Process">;
export type ProcessRow = { process: Process; depth: number };

const began = (process: Process): string => process.started_at ?? process.seen_at ?? "";

/** The tree as rows from the top, children after their parent in the order in which they began. What forms a ring or hangs on nothing is a root. */
export function treeRows(nodes: readonly Process[]): ProcessRow[] {
  const byId = new Map(nodes.map((each) => [each.id, each]));
  const children = new Map<string, Process[]>();
  const roots: Process[] = [];
  for (const node of nodes) {
    if (node.parent_id === null || node.parent_id === node.id || !byId.has(node.parent_id)) roots.push(node);
    else children.set(node.parent_id, [...(children.get(node.parent_id) ?? []), node]);
  }
  const inOrder = (one: Process, other: Process) =>
    began(one) < began(other) ? -1 : began(one) > began(other) ? 1 : 0;
  const rows: ProcessRow[] = [];
  const seen = new Set<string>();
  const walk = (from: Process) => {
    const stack: ProcessRow[] = [{ process: from, depth: 0 }];
    while (stack.length > 0) {
      const row = stack.pop();
      if (row === undefined || seen.has(row.process.id)) continue;
      seen.add(row.process.id);
      rows.push(row);
      const below = [...(children.get(row.process.id) ?? [])].sort(inOrder).reverse();
      for (const each of below) stack.push({ process: each, depth: row.depth + 1 });
    }
  };
  for (const root of [...roots].sort(inOrder)) walk(root);
  for (const node of nodes) if (!seen.has(node.id)) walk(node);
  return rows;
}
