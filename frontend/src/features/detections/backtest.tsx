"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Loaded, Notice } from "@/components/data/states";
import { Section } from "@/components/shell/page";
import { useFailureToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/form";
import { useAddress } from "@/lib/address";
import { percent } from "@/lib/format";
import { RANGES, rangeLength } from "@/lib/ranges";
import { BacktestResult } from "./backtest-result";

const STEP_MS = 1_000;
const underWay = (state: Schema<"RetroHunt">["state"]) => state === "queued" || state === "running";

/**
 * Runs a rule over the events of the past, and shows what it would have found. It is a retro-hunt: nothing live is changed.
 * The rule is the text where there is one, else the one with the id. Which retro-hunt is shown is in the address.
 */
export function Backtest({
  title,
  text,
  ruleId,
  disabled,
}: {
  title: string;
  text?: string;
  ruleId?: string;
  /** Why it cannot be run now. */
  disabled?: string;
}) {
  const { get, set } = useAddress();
  const failed = useFailureToast();
  const [range, setRange] = useState("7d");
  const jobId = get("backtest");
  const job = useQuery({
    queryKey: ["retro-hunts", jobId],
    queryFn: () => data(api.GET("/api/v1/retro-hunts/{job_id}", { params: { path: { job_id: jobId } } })),
    enabled: jobId !== "",
    // How far a job is is told by no stream: it is asked for while it is under way, and then no more.
    refetchInterval: ({ state }) => (state.data && underWay(state.data.state) ? STEP_MS : false),
    retry: (count, error) => asProblem(error).status !== 404 && count < 2,
  });
  const start = useMutation({
    mutationFn: () => {
      const before = new Date();
      const first = new Date(before.getTime() - (rangeLength(range) ?? 0));
      return data(
        api.POST("/api/v1/retro-hunts", {
          body: {
            name: `Backtest: ${title}`.slice(0, 200),
            ...(text === undefined ? { rule_id: ruleId ?? "" } : { rule: text }),
            first_at: first.toISOString(),
            before: before.toISOString(),
          },
        }),
      );
    },
    onSuccess: (started) => set({ backtest: started.id }),
    onError: failed("The backtest was not started"),
  });
  const cancel = useMutation({
    mutationFn: () => data(api.POST("/api/v1/retro-hunts/{job_id}/cancel", { params: { path: { job_id: jobId } } })),
    onSettled: () => void job.refetch(),
    onError: failed("The backtest was not cancelled"),
  });
  const busy = start.isPending || (job.data !== undefined && underWay(job.data.state));
  return (
    <Section title="Backtest">
      <div className="flex flex-wrap items-center gap-2">
        <Select
          aria-label="Time that it is tried on"
          className="w-auto"
          value={range}
          onChange={(event) => setRange(event.target.value)}
        >
          {RANGES.filter(({ key }) => key.endsWith("d") || key === "24h").map(({ key, label }) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
        </Select>
        <Button busy={busy} disabled={disabled !== undefined} title={disabled} onClick={() => start.mutate()}>
          <History size={14} aria-hidden />
          Run on past events
        </Button>
        {busy && job.data ? (
          <Button look="quiet" busy={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        ) : null}
        <span className="text-sm text-ink-3">
          {disabled ?? "It reads the lake; findings and incidents stay as they are."}
        </span>
      </div>
      {jobId !== "" ? (
        <div className="mt-3">
          <Loaded query={job} what="The backtest">
            {(found) => <Progress job={found} changed={text !== undefined && found.rule.trim() !== text.trim()} />}
          </Loaded>
        </div>
      ) : null}
    </Section>
  );
}

function Progress({ job, changed }: { job: Schema<"WholeRetroHunt">; changed: boolean }) {
  if (underWay(job.state))
    return (
      <div>
        <p className="mb-1 text-ink-2" role="status">
          {job.state === "queued" ? "Waiting for a worker" : `Reading past events: ${percent(job.progress)}`}
        </p>
        <progress
          aria-label="Progress of the backtest"
          max={1}
          value={job.state === "queued" ? undefined : job.progress}
          className="h-1.5 w-full accent-[var(--accent)]"
        />
      </div>
    );
  if (job.state === "failed")
    return (
      <Notice tone="danger">It failed: {job.error ?? "no reason was given"} Change the rule, or run it again.</Notice>
    );
  if (job.state === "cancelled") return <Notice tone="neutral">It was cancelled before its end.</Notice>;
  return (
    <>
      {changed ? (
        <Notice className="mb-2">The rule has changed since; this is what the text before found.</Notice>
      ) : null}
      {job.result ? <BacktestResult job={job} result={job.result} /> : <p>It left no result.</p>}
    </>
  );
}
