"use client";

import Link from "next/link";

import type { Schema } from "@/api/client";
import { TacticMarks } from "@/components/data/attack";
import type { Column } from "@/components/data/data-table";
import { Time } from "@/components/data/time";
import { number, percent } from "@/lib/format";
import { LevelMenu, RuleSwitch } from "./rule-controls";
import { ReadinessState } from "./readiness-state";
import { ruleHref } from "./rule-api";

export type Rule = Schema<"Rule">;

export const KINDS: Record<Rule["kind"], string> = {
  sigma: "Sigma",
  sigma_correlation: "Correlation",
  indicator: "Indicators",
};

const None = ({ children, title }: { children: string; title?: string }) => (
  <span className="text-ink-3" title={title}>
    {children}
  </span>
);

/** What is shown of a rule in lists. `relates`: the list is of correlation rules. */
export function ruleColumns(
  readiness: { of: Map<string, Schema<"RuleReadiness">>; failed: boolean },
  relates: boolean,
): Column<Rule>[] {
  const columns: (Column<Rule> | null)[] = [
    { id: "enabled", header: "On", size: 52, cell: ({ row }) => <RuleSwitch rule={row.original} /> },
    { id: "level", header: "Level", size: 72, cell: ({ row }) => <LevelMenu rule={row.original} short /> },
    {
      id: "title",
      header: "Rule",
      size: 280,
      meta: { grow: true },
      cell: ({ row }) => (
        <Link
          href={ruleHref(row.original.rule_id)}
          prefetch={false}
          className="truncate text-ink hover:underline"
          title={row.original.title}
        >
          {row.original.title}
        </Link>
      ),
    },
    relates
      ? null
      : {
          id: "kind",
          header: "Kind",
          size: 92,
          meta: { hideBelow: 1000 },
          cell: ({ row }) => KINDS[row.original.kind],
        },
    {
      id: "origin",
      header: "From",
      size: 76,
      meta: { hideBelow: 1440 },
      cell: ({ row }) => (row.original.origin === "own" ? "Own" : "Platform"),
    },
    {
      id: "readiness",
      header: "Readiness",
      size: 124,
      meta: { hideBelow: 620 },
      cell: ({ row }) => {
        const known = readiness.of.get(row.original.rule_id);
        if (known) return <ReadinessState state={known.state} reason={known.reason} />;
        return readiness.failed ? <None title="It could not be asked for">not known</None> : null;
      },
    },
    relates
      ? {
          id: "relates",
          header: "Relates",
          size: 84,
          meta: { hideBelow: 800 },
          cell: ({ row }) => {
            const known = readiness.of.get(row.original.rule_id);
            return known ? `${known.rules.length} ${known.rules.length === 1 ? "rule" : "rules"}` : null;
          },
        }
      : null,
    {
      id: "log_sources",
      header: "Log sources",
      size: 190,
      meta: { hideBelow: 1180 },
      cell: ({ row }) => {
        const text = row.original.log_sources.join(", ");
        return (
          <span className="truncate text-ink-2" title={text}>
            {text}
          </span>
        );
      },
    },
    {
      id: "tactics",
      header: "ATT&CK",
      size: 112,
      meta: { hideBelow: 860 },
      cell: ({ row }) => <TacticMarks tactics={row.original.tactics} />,
    },
    {
      id: "findings",
      header: "Findings",
      size: 80,
      meta: { align: "right" },
      cell: ({ row }) =>
        row.original.findings === 0 ? (
          <None>0</None>
        ) : (
          <Link
            href={`/findings?rule=${encodeURIComponent(row.original.rule_id)}`}
            prefetch={false}
            className="hover:underline"
            title="Of the last 30 days"
          >
            {number(row.original.findings)}
          </Link>
        ),
    },
    {
      id: "suppressed",
      header: "Suppressed",
      size: 90,
      meta: { align: "right", hideBelow: 1360 },
      cell: ({ row }) => (row.original.suppressed === 0 ? <None>0</None> : number(row.original.suppressed)),
    },
    {
      id: "last_at",
      header: "Last finding",
      size: 104,
      meta: { hideBelow: 760 },
      cell: ({ row }) =>
        row.original.last_at ? <Time value={row.original.last_at} relative /> : <None title="In 30 days">none</None>,
    },
    {
      id: "precision",
      header: "Precision",
      size: 84,
      meta: { align: "right", hideBelow: 980 },
      cell: ({ row }) => <Precision rule={row.original} />,
    },
  ];
  return columns.filter((column) => column !== null);
}

/** True positives among those judged true or false; the counts on hover. */
export function Precision({ rule }: { rule: Rule }) {
  const counts = `${rule.true_positives} true positive, ${rule.false_positives} false positive, ${rule.benign} benign`;
  return rule.precision === null ? (
    <None title={rule.benign > 0 ? counts : "No verdicts in 30 days"}>no verdicts</None>
  ) : (
    <span title={counts}>{percent(rule.precision)}</span>
  );
}
