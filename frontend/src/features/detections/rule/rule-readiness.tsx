"use client";

import { useQuery } from "@tanstack/react-query";

import { type Schema, api, data } from "@/api/client";
import { Loaded, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono } from "@/components/data/value";
import { Section } from "@/components/shell/page";
import { cn } from "@/lib/cn";
import { ReadinessState } from "../readiness-state";

/** Why a rule can or cannot fire here: what it needs, and what of it comes. */
export function RuleReadiness({ ruleId, enabled }: { ruleId: string; enabled: boolean }) {
  const readiness = useQuery({
    queryKey: ["rule-readiness", "one", ruleId],
    queryFn: () => data(api.GET("/api/v1/rules/{rule_id}/readiness", { params: { path: { rule_id: ruleId } } })),
  });
  return (
    <Section title="Can it fire here">
      <Loaded query={readiness} what="What is known of it">
        {(known) => (
          <>
            {!enabled ? (
              <Notice tone="neutral" className="mb-2">
                It is switched off. This is what would hold were it on.
              </Notice>
            ) : null}
            <ReadinessDetail readiness={known} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

export function ReadinessDetail({ readiness }: { readiness: Schema<"RuleReadiness"> }) {
  const missing = new Set(readiness.missing_fields);
  const populated = new Set(readiness.populated_fields);
  return (
    <div>
      <p className="flex flex-wrap items-baseline gap-x-3">
        <ReadinessState state={readiness.state} />
        <span className="text-ink-2">{readiness.reason}</span>
      </p>
      <dl className="mt-2 grid grid-cols-[fit-content(40%)_minmax(0,1fr)] gap-x-4 gap-y-1">
        <dt className="text-ink-2">Reads</dt>
        <dd>
          <Mono>{readiness.log_sources.join(", ")}</Mono>
        </dd>
        <dt className="text-ink-2">Comes from</dt>
        <dd>
          {readiness.sources.length === 0 ? (
            <span className="text-ink-3">nothing that is received</span>
          ) : (
            <Mono>{readiness.sources.join(", ")}</Mono>
          )}
        </dd>
        <dt className="text-ink-2">Heard of last</dt>
        <dd>
          {readiness.last_received_at ? (
            <Time value={readiness.last_received_at} />
          ) : (
            <span className="text-ink-3">never</span>
          )}
        </dd>
        <dt className="text-ink-2">Newest event of its kind</dt>
        <dd>
          {readiness.last_event_at ? (
            <Time value={readiness.last_event_at} />
          ) : (
            <span className="text-ink-3">none in 7 days</span>
          )}
        </dd>
        {readiness.fields.length > 0 ? (
          <>
            <dt className="text-ink-2">Fields</dt>
            <dd className="flex flex-wrap gap-1">
              {readiness.fields.map((field) => (
                <span
                  key={field}
                  title={
                    populated.has(field)
                      ? "Some record that was looked at has it"
                      : missing.has(field)
                        ? "No record that was looked at has it"
                        : "It is not known whether records have it"
                  }
                  className={cn(
                    "rounded-sm border px-1 font-mono text-[12px]",
                    populated.has(field)
                      ? "border-line-strong text-ink-2"
                      : "border-dashed border-line-strong text-warn-ink",
                  )}
                >
                  {field}
                  {populated.has(field) ? null : <span className="sr-only"> (not seen)</span>}
                </span>
              ))}
            </dd>
          </>
        ) : null}
      </dl>
      <p className="mt-2 text-sm text-ink-3">
        By a sample of the newest records of each kind of the last 7 days, looked at{" "}
        <Time value={readiness.sampled_at} parts="minute" />.
      </p>
    </div>
  );
}
