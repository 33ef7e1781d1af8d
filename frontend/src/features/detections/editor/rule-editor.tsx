"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useState } from "react";

import { api, data, tagged } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Empty, Loaded } from "@/components/data/states";
import { useMounted } from "@/components/data/time";
import { PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { buttonClass } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { ruleHref } from "../rule-api";
import { type Draft, HANDED_OVER, derived, newId, template } from "./draft";
import { Editing } from "./editing";

/** Writes an own rule: a new one (of a template, another rule's text, or what a hunt left), or another text of one. */
export function RuleEditor({ ruleId }: { ruleId?: string }) {
  const mayEdit = useMay("analyst");
  const mounted = useMounted();
  const { get } = useAddress();
  const from = get("from");
  if (!mayEdit)
    return (
      <>
        <PageHead title="Rule" />
        <Empty
          title="Writing rules takes the role analyst"
          action={
            <Link href={ruleId ? ruleHref(ruleId) : "/detections"} className={buttonClass()}>
              {ruleId ? "Show the rule" : "Show all rules"}
            </Link>
          }
        >
          An administrator of the organization can give it to you.
        </Empty>
      </>
    );
  if (!mounted) return <PageHead title="Rule" />;
  if (ruleId) return <Existing ruleId={ruleId} />;
  return from ? <Duplicate from={from} /> : <New />;
}

function New() {
  const [handedOver] = useState(() => sessionStorage.getItem(HANDED_OVER));
  const [start] = useState<Draft>(() => ({
    text: template(newId(), new Date().toISOString().slice(0, 10)),
    enabled: true,
    samples: [],
  }));
  useEffect(() => sessionStorage.removeItem(HANDED_OVER), []);
  return handedOver ? (
    <Editing place="new:hunt" ruleId={null} start={{ ...start, text: handedOver }} unsaved />
  ) : (
    <Editing place="new" ruleId={null} start={start} />
  );
}

function Duplicate({ from }: { from: string }) {
  const [id] = useState(newId);
  const rule = useQuery({
    queryKey: ["rules", "one", from],
    queryFn: () => data(api.GET("/api/v1/rules/{rule_id}", { params: { path: { rule_id: from } } })),
  });
  const head = <PageHead title="New rule" />;
  if (rule.data === undefined)
    return (
      <>
        {head}
        <Loaded query={rule} what="The rule to start from">
          {() => null}
        </Loaded>
      </>
    );
  if (rule.data.text === null)
    return (
      <>
        {head}
        <Empty title="This rule has no text to start from">It is a list of indicators, or its file is gone.</Empty>
      </>
    );
  const start = { text: derived(rule.data.text, from, id), enabled: true, samples: [] };
  return <Editing key={from} place={`new:${from}`} ruleId={null} start={start} unsaved from={rule.data.title} />;
}

function Existing({ ruleId }: { ruleId: string }) {
  const own = useQuery({
    queryKey: ["own-rules", ruleId],
    queryFn: () => tagged(api.GET("/api/v1/own-rules/{rule_id}", { params: { path: { rule_id: ruleId } } })),
    staleTime: 0,
  });
  if (own.data === undefined)
    return (
      <>
        <PageHead title="Rule" />
        {own.isError && asProblem(own.error).status === 404 ? (
          <Empty
            title="This is no rule of the organization's own"
            action={
              <Link
                href={`/detections/rules/new?${new URLSearchParams({ from: ruleId }).toString()}`}
                className={buttonClass("primary")}
              >
                Duplicate as own
              </Link>
            }
          >
            The platform&rsquo;s rules are not edited: make your own of it, and switch the platform&rsquo;s off.
          </Empty>
        ) : (
          <Loaded query={own} what="The rule">
            {() => null}
          </Loaded>
        )}
      </>
    );
  const { value, etag } = own.data;
  const start = { text: value.text, enabled: value.enabled, samples: value.samples };
  // What somebody else saves meanwhile is not put under the writer's hands: saving says so.
  return <Editing key={ruleId} place={ruleId} ruleId={ruleId} start={start} etag={etag} />;
}
