import { byKillChain } from "@/lib/attack";
import type { Incident, TimelineItem } from "./incident";

export type Phase = { tactic: string; marks: { at: number; item: TimelineItem }[]; from: number; to: number };

/** One row for each tactic in kill-chain order, with its findings placed between the first (0) and the last (1) of the incident. */
export function phases(items: readonly TimelineItem[]): { rows: Phase[]; from: number; to: number } {
  const times = items.map((item) => new Date(item.time).getTime());
  const from = Math.min(...times);
  const to = Math.max(...times);
  const span = to - from;
  const rows = new Map<string, Phase>();
  items.forEach((item, index) => {
    const at = span === 0 ? 0.5 : ((times[index] ?? from) - from) / span;
    for (const tactic of item.tactics) {
      const row = rows.get(tactic) ?? { tactic, marks: [], from: at, to: at };
      row.marks.push({ at, item });
      row.from = Math.min(row.from, at);
      row.to = Math.max(row.to, at);
      rows.set(tactic, row);
    }
  });
  return { rows: [...rows.values()].sort((one, other) => byKillChain(one.tactic, other.tactic)), from, to };
}

/** How many findings of the incident each tactic has. */
export function tacticCounts(items: readonly TimelineItem[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) for (const tactic of item.tactics) counts[tactic] = (counts[tactic] ?? 0) + 1;
  return counts;
}

export type Why =
  | { kind: "first" }
  | { kind: "joined"; reason: string; to: string | null }
  | { kind: "repeat"; of: string }
  | { kind: "unknown" };

/** Why each finding is in the incident, by its id. */
export function whys(incident: Pick<Incident, "joins">): Map<string, Why> {
  const found = new Map<string, Why>();
  for (const join of incident.joins) {
    found.set(
      join.finding_id,
      join.joined_finding_id === null
        ? { kind: "first" }
        : { kind: "joined", reason: join.reason, to: join.joined_finding_id },
    );
    for (const repeat of join.repeats) found.set(repeat, { kind: "repeat", of: join.finding_id });
  }
  return found;
}

type Entity = { type: string; value: string };

/** Each entity once: a finding may name the same one as actor and as target. */
export function distinct<T extends Entity>(entities: readonly T[]): T[] {
  const seen = new Set<string>();
  return entities.filter(({ type, value }) => {
    const key = `${type} ${value}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
