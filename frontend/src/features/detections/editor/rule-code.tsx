"use client";

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { lintGutter, linter } from "@codemirror/lint";
import { type Ref, useMemo } from "react";

import type { Schema } from "@/api/client";
import CodeMirror from "@/components/editor/code-mirror";
import type { EditorHandle } from "@/components/editor/given";
import { TACTICS } from "@/lib/attack";
import { SEVERITIES } from "@/lib/severity";
import { lineAt } from "./draft";

const named = (labels: string, detail?: string): Completion[] =>
  labels.split(" ").map((label) => (detail ? { label, detail } : { label }));

const TOP: Completion[] = named(
  "title id name status description references author date modified tags logsource detection correlation fields falsepositives level license related",
).map((each) => ({ ...each, apply: `${each.label}: ` }));
const MODIFIERS: Completion[] = [
  { label: "contains", detail: "has the text in it" },
  { label: "startswith", detail: "begins with" },
  { label: "endswith", detail: "ends with" },
  { label: "all", detail: "every value, not one of them" },
  { label: "re", detail: "regular expression (RE2)" },
  { label: "cidr", detail: "address in a network" },
  { label: "cased", detail: "with regard to case" },
  { label: "exists", detail: "true: the field is there" },
  { label: "fieldref", detail: "the same as another field" },
  { label: "gt", detail: "greater" },
  { label: "gte", detail: "greater or the same" },
  { label: "lt", detail: "less" },
  { label: "lte", detail: "less or the same" },
  { label: "windash", detail: "- and / alike" },
  { label: "base64offset", detail: "within Base64" },
  { label: "wide", detail: "UTF-16" },
];
const AFTER: Record<string, Completion[]> = {
  level: SEVERITIES.map((label) => ({ label })),
  status: named("experimental test stable deprecated unsupported"),
  product: named("aws azure gcp github kubernetes linux macos m365 okta windows"),
  category: named(
    "process_creation network_connection dns_query file_event registry_set process_access image_load webserver proxy firewall antivirus",
  ),
  type: named(
    "event_count value_count temporal temporal_ordered value_sum value_avg value_percentile value_median",
    "correlation",
  ),
};
const TAGS: Completion[] = TACTICS.map((tactic) => ({ label: `attack.${tactic.tag}`, detail: tactic.name }));

/** What Sigma has at this place. Field names are the source's own, which only its records know. */
function complete(context: CompletionContext): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const at = (length: number, options: Completion[]): CompletionResult => ({
    from: context.pos - length,
    options,
    validFor: /^[\w.-]*$/,
  });
  const modifier = /^\s*-?\s*[\w.-]+(?:\|\w+)*\|(\w*)$/.exec(before);
  if (modifier) return at((modifier[1] ?? "").length, MODIFIERS);
  const tag = /^\s+-\s+(attack[\w.-]*)$/.exec(before);
  if (tag) return at((tag[1] ?? "").length, TAGS);
  const after = /(?:^|[\s{,])(\w+):\s+(\w*)$/.exec(before);
  const values = AFTER[after?.[1] ?? ""];
  if (after && values) return at((after[2] ?? "").length, values);
  const top = /^(\w+)$/.exec(before);
  if (top || (context.explicit && before === "")) return at(before.length, TOP);
  return null;
}

const COMPLETIONS = [complete];

/** The editor of a rule's text: problems are marked at their lines. Heavy: brought by `next/dynamic`. */
export default function RuleCode({
  value,
  onChange,
  problems,
  onSubmit,
  describedBy,
  handle,
}: {
  value: string;
  onChange: (value: string) => void;
  problems: readonly Schema<"RuleProblem">[];
  onSubmit: () => void;
  describedBy?: string;
  handle?: Ref<EditorHandle>;
}) {
  const extensions = useMemo(
    () => [
      lintGutter(),
      linter(
        ({ state }) =>
          problems.map((problem) => {
            const { from, to } = lineAt(state.doc.toString(), problem.line ?? 1);
            return { from, to, severity: "error" as const, message: problem.reason };
          }),
        { delay: 0 },
      ),
    ],
    [problems],
  );
  return (
    <CodeMirror
      label="Rule"
      language="yaml"
      lineNumbers
      value={value}
      onChange={onChange}
      onSubmit={onSubmit}
      extensions={extensions}
      completions={COMPLETIONS}
      invalid={problems.length > 0}
      {...(describedBy ? { describedBy } : {})}
      {...(handle ? { handle } : {})}
      className="h-full"
    />
  );
}
