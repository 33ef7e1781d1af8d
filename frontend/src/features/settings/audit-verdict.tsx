"use client";

import { useQuery } from "@tanstack/react-query";
import { ShieldAlert, ShieldCheck, ShieldQuestion } from "lucide-react";
import type { ReactNode } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Time } from "@/components/data/time";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { counted } from "@/lib/format";
import { CopyButton } from "./shown-once";

/** Whether the log is as it was written: asked for, because the whole chain is read. */
export function AuditVerdict({ actions }: { actions: ReactNode }) {
  const verdict = useQuery({
    queryKey: ["audit-verdict"],
    queryFn: async () => ({ ...(await data(api.GET("/api/v1/audit/verdict"))), at: new Date().toISOString() }),
    enabled: false,
    staleTime: Infinity,
  });
  const found = verdict.isError ? undefined : verdict.data;
  const Icon = found === undefined ? ShieldQuestion : found.whole ? ShieldCheck : ShieldAlert;
  return (
    <div
      className={cn(
        "flex flex-wrap items-start gap-x-3 gap-y-1.5 border-b border-line px-4 py-2",
        found?.whole === false && "bg-danger-soft",
      )}
    >
      <h2 className="sr-only">Audit log</h2>
      <Icon
        size={16}
        aria-hidden
        className={cn(
          "mt-0.5 shrink-0",
          found === undefined ? "text-ink-3" : found.whole ? "text-good-ink" : "text-danger-ink",
        )}
      />
      <div className="min-w-0 flex-1 basis-60" aria-live="polite">
        {verdict.isFetching ? (
          <p className="text-ink-2">Reading the whole chain …</p>
        ) : verdict.isError ? (
          <p className="text-danger-ink">
            The log could not be verified: {asProblem(verdict.error).message} This says nothing about the log itself.
          </p>
        ) : found === undefined ? (
          <p className="text-ink-2">Each entry has the hash of the one before; the head is signed every 15 minutes.</p>
        ) : (
          <>
            <p className={found.whole ? "font-medium text-good-ink" : "font-medium text-danger-ink"}>
              {found.whole ? "The log is whole" : "The log is not as it was written"}
            </p>
            <p className="text-ink-2">
              {counted(found.entries, "entry", "entries")}, {counted(found.checkpoints, "signed head")} that hold, read{" "}
              <Time value={found.at} relative />.{" "}
              {found.whole ? "Keep the head elsewhere: it shows later whether the end was cut off." : null}
            </p>
            {found.problems.length > 0 ? (
              <ul className="mt-1 max-h-32 list-disc overflow-y-auto pl-4 text-danger-ink">
                {found.problems.map((problem) => (
                  <li key={problem}>{problem}</li>
                ))}
              </ul>
            ) : null}
            <code className="block truncate font-mono text-xs text-ink-3" title={found.head}>
              {found.head}
            </code>
          </>
        )}
      </div>
      {found ? <CopyButton text={found.head} label="Copy the head" /> : null}
      <Button small busy={verdict.isFetching} onClick={() => void verdict.refetch()}>
        Verify
      </Button>
      {actions}
    </div>
  );
}
