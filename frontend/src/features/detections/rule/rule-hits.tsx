"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { SeverityMark, StateLabel } from "@/components/data/severity";
import { Loaded, Skeleton } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Value } from "@/components/data/value";
import { Section } from "@/components/shell/page";
import { counted, number, percent, words } from "@/lib/format";
import { type Day, dayBounds, lastDays } from "./days";

const DAYS = 30;
const SHOWN = 8;

/** The rule's findings: how many a day, what people said of them, and the newest. */
export function RuleHits({ rule }: { rule: Schema<"WholeRule"> }) {
  const [now] = useState(() => Date.now());
  const [first] = useState(() => dayBounds(new Date(now - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10)).from);
  const days = useQuery({
    queryKey: ["findings", "by-day", rule.rule_id, first],
    queryFn: () =>
      data(
        api.GET("/api/v1/findings/facets", {
          params: { query: { rule: [rule.rule_id], facet: ["day"], most: 100, first_at: first } },
        }),
      ),
  });
  const newest = useQuery({
    queryKey: ["findings", "of-rule", rule.rule_id],
    queryFn: () => data(api.GET("/api/v1/findings", { params: { query: { rule: [rule.rule_id], limit: SHOWN } } })),
  });
  const all = `/findings?${new URLSearchParams({ rule: rule.rule_id }).toString()}`;
  return (
    <Section
      title="Findings"
      beside={
        <Link href={all} className="text-accent-ink hover:underline">
          Show all
        </Link>
      }
    >
      <Judged rule={rule} />
      <Loaded
        query={days}
        what="The days"
        skeleton={<div className="skeleton mt-3 h-16" role="status" aria-label="Loading" />}
      >
        {(found) => <Bars days={lastDays(found.facets.day ?? [], DAYS, now)} ruleId={rule.rule_id} />}
      </Loaded>
      <div className="mt-3">
        <Loaded query={newest} what="The newest findings" skeleton={<Skeleton lines={3} />}>
          {(page) =>
            page.items.length === 0 ? (
              <p className="text-ink-2">It has found nothing yet.</p>
            ) : (
              <ul className="divide-y divide-line border-y border-line">
                {page.items.map((finding) => (
                  <Newest key={finding.finding_id} finding={finding} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
    </Section>
  );
}

function Judged({ rule }: { rule: Schema<"WholeRule"> }) {
  const judged: [string, number][] = [
    ["true positive", rule.true_positives],
    ["false positive", rule.false_positives],
    ["benign", rule.benign],
  ];
  return (
    <p className="text-ink-2">
      {counted(rule.findings, "finding")} in 30 days
      {rule.suppressed > 0 ? `, ${number(rule.suppressed)} of them suppressed` : ""}.{" "}
      {rule.precision === null ? (
        judged.some(([, count]) => count > 0) ? (
          `${number(rule.benign)} judged benign, none true or false.`
        ) : (
          "Nobody has judged one, so its precision is not known."
        )
      ) : (
        <>
          Precision <span className="font-medium text-ink">{percent(rule.precision)}</span>:{" "}
          {judged.map(([name, count]) => `${number(count)} ${name}`).join(", ")}.
        </>
      )}
    </p>
  );
}

function Bars({ days, ruleId }: { days: Day[]; ruleId: string }) {
  const most = Math.max(1, ...days.map((each) => each.count));
  return (
    <figure className="mt-3" aria-label="Findings by day, the last 30 days">
      <ol className="flex h-14 items-end gap-px border-b border-line-strong">
        {days.map(({ day, count }) => {
          const { from, to } = dayBounds(day);
          const text = `${day} (UTC): ${counted(count, "finding")}`;
          return (
            <li key={day} className="flex h-full flex-1 items-end">
              {count === 0 ? (
                <span className="block h-full w-full" title={text}>
                  <span className="sr-only">{text}</span>
                </span>
              ) : (
                <Link
                  href={`/findings?${new URLSearchParams({ rule: ruleId, from, to }).toString()}`}
                  prefetch={false}
                  aria-label={text}
                  title={text}
                  className="flex h-full w-full items-end hover:bg-hover"
                >
                  <span
                    className="block w-full rounded-t-[2px] bg-[var(--series-1)]"
                    style={{ height: `${Math.max(6, (count / most) * 100)}%` }}
                  />
                </Link>
              )}
            </li>
          );
        })}
      </ol>
      <figcaption className="mt-1 flex justify-between text-xs text-ink-3">
        <span>{days[0]?.day}</span>
        <span>most in a day: {number(most === 1 && days.every((each) => each.count === 0) ? 0 : most)}</span>
        <span>{days[days.length - 1]?.day}</span>
      </figcaption>
    </figure>
  );
}

function Newest({ finding }: { finding: Schema<"Finding"> }) {
  return (
    <li className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-0.5 py-1 text-sm">
      <SeverityMark severity={finding.level} />
      <Link href={`/findings/${finding.finding_id}`} className="text-accent-ink hover:underline">
        <Time value={finding.time} />
      </Link>
      <span className="flex min-w-0 flex-1 flex-wrap gap-x-3">
        {finding.entities.slice(0, 3).map((entity, index) => (
          <Value key={index} value={entity.value} entity={entity.type} className="leading-6" />
        ))}
      </span>
      {finding.verdict ? <span className="text-ink-2">{words(finding.verdict)}</span> : null}
      {finding.state === "open" ? null : <StateLabel state={finding.state} />}
    </li>
  );
}
