"use client";

import { useQuery } from "@tanstack/react-query";
import { Copy, FilterX, Pencil } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Editor } from "@/components/editor/editor";
import { Empty, Loaded, Notice } from "@/components/data/states";
import { PageBody, PageHead, Section } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { Button, buttonClass } from "@/components/ui/button";
import { Backtest } from "../backtest";
import { LevelMenu, RuleSwitch } from "../rule-controls";
import { ruleHref } from "../rule-api";
import { RuleExceptions } from "./rule-exceptions";
import { RuleFacts } from "./rule-facts";
import { RuleHits } from "./rule-hits";
import { RuleReadiness } from "./rule-readiness";

const FilterDialog = dynamic(() => import("@/features/findings/filter-dialog").then((part) => part.FilterDialog), {
  ssr: false,
});

export const useRule = (ruleId: string) =>
  useQuery({
    queryKey: ["rules", "one", ruleId],
    queryFn: () => data(api.GET("/api/v1/rules/{rule_id}", { params: { path: { rule_id: ruleId } } })),
    enabled: ruleId !== "",
  });

/** One rule: whether it can fire here, what it found, how right it was, its text, and what holds findings back. */
export function RulePage({ ruleId }: { ruleId: string }) {
  const rule = useRule(ruleId);
  if (rule.data === undefined && rule.isError && asProblem(rule.error).status === 404)
    return (
      <>
        <PageHead title="Rule" />
        <Empty
          title="There is no such rule"
          action={
            <Link href="/detections" className={buttonClass()}>
              Show all rules
            </Link>
          }
        >
          It may have been removed, or no longer come with this version. Its findings stay.
        </Empty>
      </>
    );
  return (
    <>
      <Head rule={rule.data} />
      <PageBody label="Rule">
        <Loaded query={rule} what="The rule">
          {(whole) => <Body rule={whole} />}
        </Loaded>
      </PageBody>
    </>
  );
}

function Head({ rule }: { rule: Schema<"WholeRule"> | undefined }) {
  const mayEdit = useMay("analyst");
  const [filtering, setFiltering] = useState(false);
  return (
    <>
      <PageHead
        title={
          <>
            <Link href="/detections" className="font-normal text-ink-2 hover:underline">
              Detections
            </Link>
            <span className="px-1.5 font-normal text-ink-3">/</span>
            {rule?.title ?? "Rule"}
          </>
        }
        beside={
          rule ? (
            <span className="flex items-center gap-3">
              <LevelMenu rule={rule} />
              <span className="inline-flex items-center gap-1.5">
                <RuleSwitch rule={rule} />
                <span aria-hidden className={rule.enabled ? "" : "text-ink-3"}>
                  {rule.enabled ? "On" : "Off"}
                </span>
              </span>
            </span>
          ) : null
        }
        actions={
          rule && mayEdit ? (
            <>
              {rule.kind === "indicator" ? null : (
                <Button onClick={() => setFiltering(true)}>
                  <FilterX size={14} aria-hidden />
                  Add an exception
                </Button>
              )}
              {rule.text !== null ? (
                <Link
                  href={`/detections/rules/new?${new URLSearchParams({ from: rule.rule_id }).toString()}`}
                  className={buttonClass()}
                >
                  <Copy size={14} aria-hidden />
                  Duplicate as own
                </Link>
              ) : null}
              {rule.origin === "own" && rule.kind !== "indicator" ? (
                <Link href={`${ruleHref(rule.rule_id)}/edit`} className={buttonClass("primary")}>
                  <Pencil size={14} aria-hidden />
                  Edit
                </Link>
              ) : null}
            </>
          ) : null
        }
      />
      {filtering && rule ? (
        <FilterDialog ruleIds={[rule.rule_id]} title={rule.title} onClose={() => setFiltering(false)} />
      ) : null}
    </>
  );
}

function Body({ rule }: { rule: Schema<"WholeRule"> }) {
  const mayEdit = useMay("analyst");
  return (
    <div className="grid gap-x-8 gap-y-6 p-4 min-[1100px]:grid-cols-[minmax(0,1fr)_340px]">
      <div className="flex min-w-0 flex-col gap-6">
        {rule.description !== "" ? <p className="max-w-[70ch] whitespace-pre-line">{rule.description}</p> : null}
        {!rule.reported ? (
          <Notice tone="neutral">It has no findings of its own: it only feeds correlation rules.</Notice>
        ) : null}
        <RuleReadiness ruleId={rule.rule_id} enabled={rule.enabled} />
        <RuleHits rule={rule} />
        <Section title="Text">
          {rule.text !== null ? (
            <Editor
              label={`Text of ${rule.title}`}
              language="yaml"
              lineNumbers
              readOnly
              value={rule.text.trimEnd()}
              className="max-h-[560px] min-h-24"
            />
          ) : rule.kind === "indicator" ? (
            <p className="text-ink-2">
              It has no text: it looks for{" "}
              <Link href="/detections/indicators" className="text-accent-ink hover:underline">
                indicators
              </Link>{" "}
              in every event.
            </p>
          ) : (
            <p className="text-ink-2">The file with its text is no longer there.</p>
          )}
        </Section>
        {mayEdit && rule.kind !== "indicator" ? <Backtest title={rule.title} ruleId={rule.rule_id} /> : null}
        <RuleExceptions rule={rule} />
      </div>
      <RuleFacts rule={rule} />
    </div>
  );
}
