"use client";

import type { TimeRangeState } from "@/components/data/time-range";

export function RuleMenu({ query, range }: { query: string; range: TimeRangeState }) {
  return query === range.from ? null : null;
}
