"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck } from "lucide-react";
import { useEffect, useMemo, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { SeverityLabel } from "@/components/data/severity";
import { Mono } from "@/components/data/value";
import type { Draft } from "./draft";

const PAUSE_MS = 400;

/** Checks what is written once typing pauses; `fresh` says that the answer is of what stands there now. */
export function useRuleCheck(draft: Draft, ruleId: string | null) {
  const written = useMemo(
    () => ({ text: draft.text, samples: draft.samples.filter((sample) => sample.record.trim() !== "") }),
    [draft.text, draft.samples],
  );
  const [settled, setSettled] = useState(written);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(written), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [written]);
  const query = useQuery({
    queryKey: ["own-rule-checks", ruleId, settled],
    queryFn: () =>
      data(
        api.POST("/api/v1/own-rule-checks", {
          body: { ...settled, enabled: true, ...(ruleId === null ? {} : { rule_id: ruleId }) },
        }),
      ),
    enabled: settled.text.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  const fresh = settled === written && query.data !== undefined && !query.isPlaceholderData && !query.isError;
  return { query, fresh, checked: query.isError ? undefined : query.data };
}

/** Whether the rule runs; what is wrong and where: a line number goes there. */
export function Checks({
  check,
  onLine,
  id,
}: {
  check: ReturnType<typeof useRuleCheck>;
  onLine: (line: number) => void;
  id: string;
}) {
  const { query, checked } = check;
  return (
    <div id={id} aria-live="polite" aria-busy={query.isFetching}>
      {query.isError ? (
        <p className="flex items-start gap-2 text-danger-ink">
          <CircleAlert size={14} className="mt-0.5 shrink-0" aria-hidden />
          <span>
            It could not be checked: {asProblem(query.error).message}{" "}
            <button type="button" className="underline" onClick={() => void query.refetch()}>
              Try again
            </button>
          </span>
        </p>
      ) : checked === undefined ? (
        <p className="text-ink-3">{query.isFetching ? "Checking …" : "Write a rule to see whether it runs."}</p>
      ) : checked.runs ? (
        <Runs checked={checked} />
      ) : (
        <ul className="flex flex-col gap-1">
          {checked.problems.map((problem, index) => (
            <li key={index} className="flex items-start gap-2 text-danger-ink">
              <CircleAlert size={14} className="mt-0.5 shrink-0" aria-hidden />
              <span className="min-w-0 break-words">
                {problem.line !== null ? (
                  <>
                    <button type="button" className="font-medium underline" onClick={() => onLine(problem.line ?? 1)}>
                      Line {problem.line}
                    </button>
                    {": "}
                  </>
                ) : null}
                {problem.reason}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Runs({ checked }: { checked: Schema<"CheckedRule"> }) {
  const failing = checked.samples.filter((sample) => sample !== null).length;
  return (
    <div className="flex flex-col gap-1">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="inline-flex items-center gap-1.5 text-good-ink">
          <CircleCheck size={14} aria-hidden />
          It runs
        </span>
        {checked.level ? <SeverityLabel severity={checked.level} /> : null}
        <span className="min-w-0 truncate">{checked.title}</span>
      </p>
      <Mono className="text-ink-3">{checked.rule_id}</Mono>
      {failing > 0 ? (
        <p className="text-danger-ink">
          {failing === 1 ? "One sample does not pass." : `${failing} samples do not pass.`}
        </p>
      ) : checked.samples.length > 0 ? (
        <p className="text-good-ink">All samples pass.</p>
      ) : (
        <p className="text-ink-2">No samples yet: nothing proves that it finds what it should.</p>
      )}
    </div>
  );
}
