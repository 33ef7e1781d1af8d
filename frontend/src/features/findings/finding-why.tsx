"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { Loaded } from "@/components/data/states";
import { Mono, Value } from "@/components/data/value";
import { cn } from "@/lib/cn";
import { type RuleLine, essence, ruleLines, valueText } from "./rule-lines";
import { Part } from "./section";

export const useExplanation = (findingId: string) =>
  useQuery({
    queryKey: ["findings", findingId, "explanation"],
    queryFn: () =>
      data(api.GET("/api/v1/findings/{finding_id}/explanation", { params: { path: { finding_id: findingId } } })),
  });

/** Why it fired: what the rule is for, its text with the lines that decided, and what the record had. */
export function FindingWhy({ finding }: { finding: Schema<"WholeFinding"> }) {
  const explanation = useExplanation(finding.finding_id);
  const description = finding.analytic.description;
  const causes = finding.analytic.false_positives;
  return (
    <Part
      title="Why it fired"
      beside={
        <Link
          href={`/detections/rules/${encodeURIComponent(finding.rule_id)}`}
          className="text-accent-ink hover:underline"
        >
          Open rule
        </Link>
      }
    >
      {typeof description === "string" && description !== "" ? (
        <p className="mb-2 max-w-[70ch] text-ink-2">{description}</p>
      ) : null}
      <Loaded query={explanation} what="The rule's text">
        {(found) => (
          <>
            {found.rule_text !== null ? <RuleText lines={ruleLines(found)} /> : null}
            {found.reason !== null ? <p className="mt-2 max-w-[70ch] text-ink-2">{found.reason}</p> : null}
          </>
        )}
      </Loaded>
      <Matched finding={finding} />
      {Array.isArray(causes) && causes.length > 0 ? (
        <p className="mt-2 max-w-[70ch] text-sm text-ink-2">
          Known to be harmless: {causes.filter((each) => typeof each === "string").join("; ")}
        </p>
      ) : null}
    </Part>
  );
}

function RuleText({ lines }: { lines: RuleLine[] }) {
  const [whole, setWhole] = useState(false);
  const [from, to] = essence(lines);
  const shown = whole ? lines : lines.slice(from, to);
  return (
    <div className="overflow-hidden rounded-md border border-line bg-surface">
      <div
        className="overflow-x-auto py-1.5 font-mono text-[12px] leading-5"
        tabIndex={0}
        role="region"
        aria-label="The rule's text"
      >
        <div className="w-max min-w-full">
          {shown.map((line) => (
            <div key={line.number} className={cn("flex pr-3 whitespace-pre", line.marked && "bg-mark")}>
              <span
                aria-hidden
                className={cn("w-9 shrink-0 pr-2 text-right select-none", line.marked ? "text-ink" : "text-ink-3")}
              >
                {line.number}
              </span>
              <span className={line.marked ? "text-ink" : "text-ink-2"}>{line.text === "" ? " " : line.text}</span>
              {line.marked ? <span className="sr-only"> (matched)</span> : null}
            </div>
          ))}
        </div>
      </div>
      {from > 0 || to < lines.length ? (
        <button
          type="button"
          aria-expanded={whole}
          onClick={() => setWhole(!whole)}
          className="block w-full border-t border-line px-3 py-1 text-left text-sm text-ink-2 hover:bg-hover"
        >
          {whole ? "Show what decides only" : `Show the whole rule (${lines.length} lines)`}
        </button>
      ) : null}
    </div>
  );
}

/** The rule's fields that decided, with the record's values. */
function Matched({ finding }: { finding: Schema<"WholeFinding"> }) {
  const fields = Object.entries(finding.matched);
  if (fields.length === 0) return null;
  const entity = (value: string) => finding.entities.find((each) => each.value === value)?.type;
  return (
    <dl className="mt-2 grid grid-cols-[fit-content(45%)_minmax(0,1fr)] gap-x-3 leading-6">
      {fields.map(([field, value]) => (
        <div key={field} className="contents">
          <dt className="truncate text-ink-2" title={field}>
            <Mono className="break-normal">{field}</Mono>
          </dt>
          <dd className="flex min-w-0 flex-wrap gap-x-3">
            {(Array.isArray(value) ? (value as unknown[]) : [value]).map((each, index) =>
              typeof each === "string" && each !== "" ? (
                <Value key={index} value={each} entity={entity(each)} className="break-all whitespace-pre-wrap" />
              ) : (
                <Mono key={index}>{valueText(each) === "" ? "empty" : valueText(each)}</Mono>
              ),
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
