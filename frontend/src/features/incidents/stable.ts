"use client";

import { useCallback, useState } from "react";

type Shown = { key: string; ids: readonly string[] };

/**
 * Returns what is shown of the rows, and how many wait: ids stay where they are while a list is read again, rows that are no longer among
 * `fresh` go, new ones between or above them wait until they are asked for. Another list (`key`) is taken as it comes.
 */
export function settle(before: Shown | null, key: string, fresh: readonly string[]): Shown {
  if (before === null || before.key !== key) return { key, ids: fresh };
  const there = new Set(fresh);
  const kept = before.ids.filter((id) => there.has(id));
  const known = new Set(kept);
  // What stands behind the last row that is shown moves nothing: a further page, or what came up from it.
  const behind = fresh.slice(fresh.lastIndexOf(kept[kept.length - 1] ?? "") + 1).filter((id) => !known.has(id));
  if (kept.length === before.ids.length && behind.length === 0) return before;
  return { key, ids: [...kept, ...behind] };
}

/** Keeps a list's rows in their places while it changes underneath. */
export function useSettledRows<T>(key: string, rows: T[], id: (row: T) => string) {
  const [shown, setShown] = useState<Shown | null>(null);
  const fresh = rows.map(id);
  const next = settle(shown, key, fresh);
  if (next !== shown) setShown(next);
  const byId = new Map(rows.map((row) => [id(row), row]));
  const visible = next.ids.map((each) => byId.get(each)).filter((row): row is T => row !== undefined);
  const known = new Set(next.ids);
  const waiting = fresh.filter((each) => !known.has(each)).length;
  const showAll = useCallback(() => setShown(null), []);
  return { rows: visible, waiting, showAll };
}
