import type { Incident, TimelineItem } from "../incident";

/** Entities beyond this many are drawn in groups where they are named by one finding only. */
export const MOST_ENTITIES = 60;
/** Findings beyond this many are drawn one node a rule and set of shared entities. */
export const MOST_FINDINGS = 150;

export type GraphNode =
  | { id: string; kind: "finding"; title: string; level: TimelineItem["level"]; time: string; findingIds: string[] }
  | { id: string; kind: "entity"; type: string; value: string; findings: number }
  | { id: string; kind: "group"; entities: { type: string; value: string }[]; findingId: string };

export type GraphEdge =
  | { id: string; kind: "names"; source: string; target: string; role: string }
  | { id: string; kind: "join"; source: string; target: string; reason: string };

export type GraphModel = { nodes: GraphNode[]; edges: GraphEdge[]; groupedEntities: number; groupedFindings: number };

const entityId = (entity: { type: string; value: string }): string => `entity ${entity.type} ${entity.value}`;

/**
 * Findings and the entities they name, from who acted (left) to what was acted on (right), and the joins between findings with their reasons.
 *
 * With `whole` nothing is grouped; else entities that one finding alone names are one node a finding where there are many, and findings of the
 * same rule that name the same shared entities are one node where there are many.
 */
export function graphModel(
  incident: Pick<Incident, "joins">,
  items: readonly TimelineItem[],
  whole: boolean,
): GraphModel {
  const namedBy = new Map<string, Set<string>>();
  for (const item of items)
    for (const entity of item.entities) {
      const id = entityId(entity);
      namedBy.set(id, (namedBy.get(id) ?? new Set()).add(item.finding_id));
    }
  const groupEntities = !whole && namedBy.size > MOST_ENTITIES;
  const groupFindings = !whole && items.length > MOST_FINDINGS;

  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const nodeOf = new Map<string, string>();
  let groupedEntities = 0;

  for (const item of items) {
    const shared = item.entities.map(entityId).filter((id) => (namedBy.get(id)?.size ?? 0) > 1);
    const id = groupFindings
      ? `findings ${item.rule_id} ${[...new Set(shared)].sort().join(" ")}`
      : `finding ${item.finding_id}`;
    nodeOf.set(item.finding_id, id);
    const node = nodes.get(id);
    if (node?.kind === "finding") node.findingIds.push(item.finding_id);
    else
      nodes.set(id, {
        id,
        kind: "finding",
        title: item.title,
        level: item.level,
        time: item.time,
        findingIds: [item.finding_id],
      });

    const leaves: { type: string; value: string }[] = [];
    for (const entity of item.entities) {
      const key = entityId(entity);
      const findings = namedBy.get(key)?.size ?? 0;
      if (findings === 1 && groupEntities) {
        if (!leaves.some((each) => entityId(each) === key)) leaves.push({ type: entity.type, value: entity.value });
        continue;
      }
      if (!nodes.has(key))
        nodes.set(key, { id: key, kind: "entity", type: entity.type, value: entity.value, findings });
      const role = entity.role ?? "related";
      const [source, target] = role === "actor" ? [key, id] : [id, key];
      const edge = `${source} > ${target}`;
      if (!edges.has(edge)) edges.set(edge, { id: edge, kind: "names", source, target, role });
    }
    if (leaves.length > 0) {
      groupedEntities += leaves.length;
      const key = `group ${id}`;
      const group = nodes.get(key);
      if (group?.kind === "group") group.entities.push(...leaves);
      else nodes.set(key, { id: key, kind: "group", entities: leaves, findingId: id });
      edges.set(`${id} > ${key}`, { id: `${id} > ${key}`, kind: "names", source: id, target: key, role: "related" });
    }
  }
  for (const join of incident.joins) {
    if (join.joined_finding_id === null) continue;
    const source = nodeOf.get(join.joined_finding_id);
    const target = nodeOf.get(join.finding_id);
    if (source === undefined || target === undefined || source === target) continue;
    const id = `join ${source} > ${target}`;
    if (!edges.has(id)) edges.set(id, { id, kind: "join", source, target, reason: join.reason });
  }
  const found = [...nodes.values()];
  const findingNodes = found.filter((node) => node.kind === "finding").length;
  return { nodes: found, edges: [...edges.values()], groupedEntities, groupedFindings: items.length - findingNodes };
}

/** What is shown of a node in one line: for the search and for screen readers. */
export function nodeText(node: GraphNode): string {
  if (node.kind === "finding") return node.title;
  if (node.kind === "entity") return `${node.type} ${node.value}`;
  return node.entities.map((each) => `${each.type} ${each.value}`).join(", ");
}

export const SIZES = {
  finding: { width: 236, height: 46 },
  entity: { width: 196, height: 38 },
  group: { width: 150, height: 30 },
} as const;
