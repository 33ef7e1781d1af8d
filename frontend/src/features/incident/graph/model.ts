import type { Incident, TimelineItem } from "../incident";
import { distinct } from "../story-model";

/** With more entities than this, those that one finding alone names are kept in the finding's node. */
export const MOST_ENTITIES = 24;
/** With more findings than this, those of one rule that name the same shared entities are one node. */
export const MOST_FINDINGS = 150;

type Named = { type: string; value: string };

export type GraphNode =
  | {
      id: string;
      kind: "finding";
      title: string;
      level: TimelineItem["level"];
      time: string;
      findingIds: string[];
      /** Entities without a node of their own. */
      own: Named[];
    }
  | { id: string; kind: "entity"; type: string; value: string; findings: number };

export type GraphEdge =
  | { id: string; kind: "names"; source: string; target: string; role: string }
  | { id: string; kind: "join"; source: string; target: string; reason: string };

export type GraphModel = { nodes: GraphNode[]; edges: GraphEdge[]; groupedEntities: number; groupedFindings: number };

const entityId = (entity: Named): string => `entity ${entity.type} ${entity.value}`;

/**
 * Findings and the entities they name, from who acted (left) to what was acted on (right), and the joins between findings with their reasons.
 *
 * With `whole` nothing is gathered; else an entity that one finding alone names is kept in that finding's node where there are many, and
 * findings of one rule that name the same shared entities are one node where there are many.
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
  const gatherEntities = !whole && namedBy.size > MOST_ENTITIES;
  const gatherFindings = !whole && items.length > MOST_FINDINGS;
  const findingsOf = (id: string): number => namedBy.get(id)?.size ?? 0;

  const findings = new Map<string, Extract<GraphNode, { kind: "finding" }>>();
  const entities = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const nodeOf = new Map<string, string>();
  const kept = new Set<string>();

  for (const item of items) {
    const named = distinct(item.entities);
    const shared = named.map(entityId).filter((id) => findingsOf(id) > 1);
    const id = gatherFindings ? `findings ${item.rule_id} ${shared.sort().join(" ")}` : `finding ${item.finding_id}`;
    nodeOf.set(item.finding_id, id);
    const { title, level, time } = item;
    const node = findings.get(id) ?? { id, kind: "finding", title, level, time, findingIds: [], own: [] };
    node.findingIds.push(item.finding_id);
    findings.set(id, node);

    for (const { type, value, role } of named) {
      const key = entityId({ type, value });
      if (gatherEntities && findingsOf(key) === 1) {
        node.own.push({ type, value });
        kept.add(key);
        continue;
      }
      entities.set(key, { id: key, kind: "entity", type, value, findings: findingsOf(key) });
      const [source, target] = role === "actor" ? [key, id] : [id, key];
      const edge = `${source} > ${target}`;
      if (!edges.has(edge)) edges.set(edge, { id: edge, kind: "names", source, target, role: role ?? "related" });
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
  return {
    nodes: [...findings.values(), ...entities.values()],
    edges: [...edges.values()],
    groupedEntities: kept.size,
    groupedFindings: items.length - findings.size,
  };
}

/** What is shown of a node in one line: for the search and for screen readers. */
export function nodeText(node: GraphNode): string {
  return node.kind === "finding" ? node.title : `${node.type} ${node.value}`;
}

/** Whether the node has the text: a finding's own entities count. */
export function nodeHas(node: GraphNode, wanted: string): boolean {
  if (nodeText(node).toLowerCase().includes(wanted)) return true;
  return node.kind === "finding" && node.own.some((each) => each.value.toLowerCase().includes(wanted));
}

export const SIZES = {
  finding: { width: 236, height: 46 },
  entity: { width: 196, height: 38 },
} as const;
