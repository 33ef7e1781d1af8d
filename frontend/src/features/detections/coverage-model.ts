import type { Schema } from "@/api/client";
import { TACTICS, type Tactic } from "@/lib/attack";

type States = Schema<"StateCounts">;
export type Cell = {
  id: string;
  /** Rules that name it and are on. */
  rules: number;
  canFire: number;
  states: States;
  /** The highest of its rules; null where none of them has findings of its own. */
  level: Schema<"CoveredTechnique">["level"] | null;
};
export type CoverageColumn = { tactic: Tactic; cells: Cell[] };
export type Reach = "all" | "some" | "none";

const NO_TACTIC: Tactic = { id: "", tag: "", name: "No tactic named" };

/** How many of a technique's rules can fire: all, some, none. */
export const reach = (cell: Pick<Cell, "rules" | "canFire">): Reach =>
  cell.canFire === 0 ? "none" : cell.canFire < cell.rules ? "some" : "all";

/**
 * The matrix: techniques below each tactic that their rules name, in kill-chain order. Rules say which techniques they see and which tactics they
 * serve, not which belongs to which, so a technique may stand below several.
 */
export function coverageColumns(coverage: Schema<"Coverage">, readiness: Schema<"ReadinessSummary">): CoverageColumn[] {
  const levels = new Map(coverage.techniques.map((each) => [each.technique_id, each.level]));
  const placed = readiness.techniques.map(({ technique_id: id, tactics, states }) => {
    const rules = states.ready + states.silent + states.fields_missing + states.no_source;
    return { tactics, cell: { id, rules, canFire: states.ready, states, level: levels.get(id) ?? null } };
  });
  const known = new Set(TACTICS.map((tactic) => tactic.id));
  const columns = TACTICS.map((tactic) => ({
    tactic,
    cells: placed.filter((each) => each.tactics.includes(tactic.id)).map((each) => each.cell),
  }));
  const rest = placed.filter((each) => !each.tactics.some((tactic) => known.has(tactic))).map((each) => each.cell);
  if (rest.length > 0) columns.push({ tactic: NO_TACTIC, cells: rest });
  for (const column of columns) column.cells.sort((one, other) => one.id.localeCompare(other.id));
  return columns;
}
