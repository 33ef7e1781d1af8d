"use client";

import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";

import { type Schema, api, data, tagged } from "@/api/client";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { words } from "@/lib/format";

export const ruleHref = (ruleId: string): string => `/detections/rules/${encodeURIComponent(ruleId)}`;

type Setting = Partial<Schema<"RuleSetting">>;
type Named = Pick<Schema<"Rule">, "rule_id" | "title" | "enabled" | "level" | "own_level">;

/** Changes what the organization sets on a rule; what is not given stays. Raises Problem, also where somebody else changed it meanwhile. */
export async function setRule(ruleId: string, change: Setting): Promise<Schema<"WholeRule">> {
  const { value, etag } = await tagged(api.GET("/api/v1/rules/{rule_id}", { params: { path: { rule_id: ruleId } } }));
  const level = value.level === value.own_level ? null : value.level;
  const set = await data(
    api.PUT("/api/v1/rules/{rule_id}/setting", {
      params: { path: { rule_id: ruleId }, header: { "If-Match": etag } },
      body: { enabled: value.enabled, level, ...change },
    }),
  );
  if (change.enabled === true && !set.enabled && set.origin === "own") await switchOwn(ruleId);
  return set;
}

/** An own rule that was written as switched off stays off whatever is set: its own switch is turned too. */
async function switchOwn(ruleId: string): Promise<void> {
  const path = { rule_id: ruleId };
  const { value, etag } = await tagged(api.GET("/api/v1/own-rules/{rule_id}", { params: { path } }));
  await api.PUT("/api/v1/own-rules/{rule_id}", {
    params: { path, header: { "If-Match": etag } },
    body: { text: value.text, samples: value.samples, enabled: true },
  });
}

const nouns = ["rules", "rule-readiness", "rule-coverage", "audit"];

/** Switches a rule or sets its level; what was before is one click away. */
export function useSetRule() {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const set = useMutation({
    mutationFn: ({ rule, change }: { rule: Named; change: Setting }) => setRule(rule.rule_id, change),
    onSuccess: (_, { rule, change }) => {
      const switched = change.enabled !== undefined;
      const before: Setting = switched
        ? { enabled: rule.enabled }
        : { level: rule.level === rule.own_level ? null : rule.level };
      const said = switched
        ? `is ${change.enabled ? "on" : "off"}`
        : `has level ${words(change.level ?? rule.own_level).toLowerCase()} from now on`;
      toast({ text: `${rule.title} ${said}`, undo: () => set.mutate({ rule, change: before }) });
    },
    onError: failed("The rule was not changed"),
    onSettled: () => {
      for (const noun of nouns) void client.invalidateQueries({ queryKey: [noun] });
    },
  });
  return set;
}

const AT_ONCE = 100;

/** Whether these rules can fire here, by id. Asked for in parts, so that the next page of a list asks only for its own. */
export function useReadinessOf(ruleIds: readonly string[]): {
  of: Map<string, Schema<"RuleReadiness">>;
  failed: boolean;
} {
  const parts: string[][] = [];
  for (let at = 0; at < ruleIds.length; at += AT_ONCE) parts.push(ruleIds.slice(at, at + AT_ONCE));
  return useQueries({
    queries: parts.map((rule) => ({
      queryKey: ["rule-readiness", "of", rule],
      queryFn: () => data(api.GET("/api/v1/rule-readiness", { params: { query: { rule, limit: AT_ONCE } } })),
      staleTime: 5 * 60_000,
    })),
    combine: gathered,
  });
}

const gathered = (answers: { data?: Schema<"Page_RuleReadiness_">; isError: boolean }[]) => ({
  of: new Map(answers.flatMap((answer) => answer.data?.items ?? []).map((each) => [each.rule_id, each])),
  failed: answers.some((answer) => answer.isError),
});
