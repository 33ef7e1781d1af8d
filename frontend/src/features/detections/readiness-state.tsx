import { CircleCheck, CircleDashed, CircleDot, CircleOff } from "lucide-react";

import type { Schema } from "@/api/client";
import { cn } from "@/lib/cn";

export type ReadinessStateName = Schema<"RuleReadiness">["state"];

/** In words, and what each means. */
export const READINESS: Record<ReadinessStateName, { label: string; meaning: string }> = {
  ready: { label: "Can fire", meaning: "Its events come, with the fields that its condition needs." },
  silent: { label: "Source silent", meaning: "Its sources have sent nothing for a day." },
  fields_missing: {
    label: "Fields missing",
    meaning: "Its events come, and never with fields without which its condition cannot hold.",
  },
  no_source: { label: "No source", meaning: "None of its events came in 7 days." },
};
export const READINESS_STATES = Object.keys(READINESS) as ReadinessStateName[];

const MARKS = {
  ready: [CircleCheck, "text-good-ink"],
  silent: [CircleDot, "text-warn-ink"],
  fields_missing: [CircleDashed, "text-warn-ink"],
  no_source: [CircleOff, "text-ink-3"],
} as const;

export function ReadinessMark({ state, className }: { state: ReadinessStateName; className?: string }) {
  const [Mark, ink] = MARKS[state];
  return <Mark size={13} aria-hidden className={cn("shrink-0", ink, className)} />;
}

/** Whether a rule can fire here: shape, word, and the reason on hover. */
export function ReadinessState({ state, reason }: { state: ReadinessStateName; reason?: string }) {
  const ink = MARKS[state][1];
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5" title={reason ?? READINESS[state].meaning}>
      <ReadinessMark state={state} />
      <span className={cn("truncate", ink)}>{READINESS[state].label}</span>
    </span>
  );
}
