"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import type { Draft } from "./draft";

const CHANGED_MEANWHILE = 412;

function useRefresh() {
  const client = useQueryClient();
  return () => {
    for (const noun of ["rules", "own-rules", "own-rule-checks", "rule-readiness", "rule-coverage"])
      void client.invalidateQueries({ queryKey: [noun] });
  };
}

/** Keeps a rule. `conflict`: somebody else changed it meanwhile, and nothing was kept. */
export function useSaveRule(ruleId: string | null, onSaved: (ruleId: string) => void) {
  const toast = useToast();
  const failed = useFailureToast();
  const refresh = useRefresh();
  const [conflict, setConflict] = useState<true | null>(null);
  const save = useMutation({
    mutationFn: ({ draft, etag }: { draft: Draft; etag: string }) => {
      const body = { ...draft, samples: draft.samples.filter((sample) => sample.record.trim() !== "") };
      return ruleId === null
        ? data(api.POST("/api/v1/own-rules", { body }))
        : data(
            api.PUT("/api/v1/own-rules/{rule_id}", {
              params: { path: { rule_id: ruleId }, header: { "If-Match": etag } },
              body,
            }),
          );
    },
    onSuccess: (kept) => {
      setConflict(null);
      refresh();
      toast({ text: `${kept.title} is saved${kept.enabled ? "; workers run it within seconds" : ", and off"}` });
      onSaved(kept.rule_id);
    },
    onError: (error) => {
      if (asProblem(error).status === CHANGED_MEANWHILE) setConflict(true);
      else failed("The rule was not saved")(error);
    },
  });
  return { ...save, conflict, forget: () => setConflict(null) };
}

/** Removes a rule; refused where it was changed meanwhile, or another rule needs it. */
export function useRemoveRule(onRemoved: () => void) {
  const toast = useToast();
  const failed = useFailureToast();
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ ruleId, etag }: { ruleId: string; etag: string }) =>
      api.DELETE("/api/v1/own-rules/{rule_id}", {
        params: { path: { rule_id: ruleId }, header: { "If-Match": etag } },
      }),
    onSuccess: () => {
      refresh();
      toast({ text: "The rule is removed; its findings stay" });
      onRemoved();
    },
    onError: failed("The rule was not removed"),
  });
}
