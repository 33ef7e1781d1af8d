"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";

import { type Schema, api, data } from "@/api/client";
import { TacticName, Technique } from "@/components/data/attack";
import { SeverityMark } from "@/components/data/severity";
import { Loaded, Skeleton } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono } from "@/components/data/value";
import { Section } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { byKillChain } from "@/lib/attack";
import { durationText } from "@/lib/time";
import { words } from "@/lib/format";
import { Actor } from "../actor";
import { ruleHref } from "../rule-api";
import { KINDS } from "../rule-columns";

/** What the author says of the rule, and what was set here. */
export function RuleFacts({ rule }: { rule: Schema<"WholeRule"> }) {
  return (
    <aside aria-label="About the rule" className="flex min-w-0 flex-col gap-5">
      <dl className="grid grid-cols-[96px_minmax(0,1fr)] gap-x-3 gap-y-1.5">
        <Fact name="Kind">{KINDS[rule.kind]}</Fact>
        <Fact name="From">{rule.origin === "own" ? "Own rule" : "Platform"}</Fact>
        {rule.level !== rule.own_level ? <Fact name="Its own level">{words(rule.own_level)}</Fact> : null}
        {rule.status ? <Fact name="Status">{words(rule.status)}</Fact> : null}
        <Fact name="Log sources">
          {rule.log_sources.map((each) => (
            <Link
              key={each}
              href={`/detections?${new URLSearchParams({ log_source: each }).toString()}`}
              className="block truncate font-mono text-[12px] leading-6 hover:underline"
              title={`Rules that read ${each}`}
            >
              {each}
            </Link>
          ))}
        </Fact>
        {rule.tactics.length > 0 ? (
          <Fact name="Tactics">
            {[...rule.tactics].sort(byKillChain).map((tactic) => (
              <Link key={tactic} href={`/detections?tactic=${tactic}`} className="block leading-6 hover:underline">
                <TacticName id={tactic} />
              </Link>
            ))}
          </Fact>
        ) : null}
        {rule.techniques.length > 0 ? (
          <Fact name="Techniques">
            <span className="flex flex-wrap gap-1">
              {rule.techniques.map((id) => (
                <Technique key={id} id={id} />
              ))}
            </span>
          </Fact>
        ) : null}
        {rule.author !== "" ? <Fact name="Author">{rule.author}</Fact> : null}
        {rule.license !== "" ? <Fact name="License">{rule.license}</Fact> : null}
        {rule.place !== "" ? (
          <Fact name="File">
            <Mono>{rule.place}</Mono>
          </Fact>
        ) : null}
        <Fact name="Id">
          <Mono>{rule.rule_id}</Mono>
        </Fact>
      </dl>
      {rule.correlation ? <Correlation correlation={rule.correlation} /> : null}
      <Related title="Relates" rules={rule.rules} />
      <Related title="Related by" rules={rule.related_by} />
      {rule.false_positives_known.length > 0 ? (
        <Section title="Known to be harmless">
          <ul className="list-disc space-y-0.5 pl-4 text-ink-2">
            {rule.false_positives_known.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </Section>
      ) : null}
      {rule.references.length > 0 ? (
        <Section title="References">
          <ul className="space-y-0.5">
            {rule.references.map((each) => (
              <li key={each} className="truncate">
                {/^https?:\/\//.test(each) ? (
                  <a
                    href={each}
                    target="_blank"
                    rel="noreferrer"
                    title={each}
                    className="text-accent-ink hover:underline"
                  >
                    {each.replace(/^https?:\/\/(www\.)?/, "")}
                  </a>
                ) : (
                  <span title={each}>{each}</span>
                )}
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      <Changes rule={rule} />
    </aside>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-2">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

const OPERATORS: Record<string, string> = { gte: "≥", gt: ">", lte: "≤", lt: "<", eq: "=", neq: "≠" };

function Correlation({ correlation }: { correlation: NonNullable<Schema<"WholeRule">["correlation"]> }) {
  const ordered = correlation.type.startsWith("temporal");
  return (
    <Section title="What it counts">
      <dl className="grid grid-cols-[96px_minmax(0,1fr)] gap-x-3 gap-y-1.5">
        <Fact name="Type">{words(correlation.type)}</Fact>
        <Fact name="Within">{durationText(correlation.timespan_seconds)}</Fact>
        {correlation.group_by.length > 0 ? (
          <Fact name="Same">
            <Mono>{correlation.group_by.join(", ")}</Mono>
          </Fact>
        ) : null}
        {correlation.fields.length > 0 ? (
          <Fact name="Of">
            <Mono>{correlation.fields.join(", ")}</Mono>
          </Fact>
        ) : null}
        {ordered ? null : (
          <Fact name="Holds at">
            {OPERATORS[correlation.operator] ?? correlation.operator} {correlation.threshold}
          </Fact>
        )}
      </dl>
    </Section>
  );
}

function Related({ title, rules }: { title: string; rules: Schema<"RelatedRule">[] }) {
  if (rules.length === 0) return null;
  return (
    <Section title={title}>
      <ul className="space-y-1">
        {rules.map((each) => (
          <li key={each.rule_id} className="flex items-start gap-2">
            <SeverityMark severity={each.level} className="mt-0.5" />
            <Link href={ruleHref(each.rule_id)} className="min-w-0 text-accent-ink hover:underline">
              {each.title}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Who set what: the whole of it for those who may read the audit log, else the last change. */
function Changes({ rule }: { rule: Schema<"WholeRule"> }) {
  const mayAudit = useMay("admin");
  const audit = useQuery({
    queryKey: ["audit", "rule", rule.rule_id],
    queryFn: () => data(api.GET("/api/v1/audit", { params: { query: { target: `rule:${rule.rule_id}`, limit: 20 } } })),
    enabled: mayAudit,
  });
  if (!mayAudit)
    return rule.changed_at ? (
      <Section title="Changes">
        <p className="text-ink-2">
          Last set <Time value={rule.changed_at} parts="minute" />
          {rule.changed_by ? (
            <>
              {" "}
              by <Actor actor={rule.changed_by} />
            </>
          ) : null}
        </p>
      </Section>
    ) : null;
  return (
    <Section title="Changes">
      <Loaded query={audit} what="The changes" skeleton={<Skeleton lines={2} />}>
        {(page) =>
          page.items.length === 0 ? (
            <p className="text-ink-2">Nothing was set here.</p>
          ) : (
            <ol className="space-y-1.5">
              {page.items.map((entry) => (
                <li key={entry.seq}>
                  <span className="block">{changeText(entry)}</span>
                  <span className="flex flex-wrap items-center gap-x-2 text-sm text-ink-2">
                    <Time value={entry.at} parts="minute" />
                    <Actor actor={entry.actor} />
                  </span>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </Section>
  );
}

/** What an entry of the audit log says of a rule. */
function changeText(entry: Schema<"Entry">): string {
  const { enabled, level, version } = entry.details as { enabled?: unknown; level?: unknown; version?: unknown };
  if (entry.action === "rule.set")
    return `Set: ${enabled === false ? "off" : "on"}${typeof level === "string" ? `, level ${level}` : ", its own level"}`;
  if (entry.action === "rule.written")
    return `Text written${typeof version === "number" ? ` (version ${version})` : ""}${enabled === false ? ", off" : ""}`;
  if (entry.action === "rule.removed") return "Removed";
  return entry.action;
}
