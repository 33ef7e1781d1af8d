"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { Time } from "@/components/data/time";
import { useMay } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Field, Textarea } from "@/components/ui/form";
import { Actor } from "@/features/detections/actor";
import { cn } from "@/lib/cn";
import { words } from "@/lib/format";

export type Verdict = NonNullable<Schema<"WholeFinding">["verdict"]>;
export const VERDICTS: readonly { value: Verdict; means: string }[] = [
  { value: "true_positive", means: "It happened, and it is what the rule looks for." },
  { value: "false_positive", means: "The rule is wrong about it." },
  { value: "benign", means: "It happened, and somebody was meant to do it." },
  { value: "undetermined", means: "It was looked at and cannot be told." },
];

/** Says what findings were, with a way back. */
export function useJudge() {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const judge = useMutation({
    mutationFn: (given: {
      findingId: string;
      verdict: Verdict | null;
      note: string;
      before?: { verdict: Verdict | null; note: string };
    }) =>
      data(
        api.PUT("/api/v1/findings/{finding_id}/verdict", {
          params: { path: { finding_id: given.findingId } },
          body: { verdict: given.verdict, note: given.note },
        }),
      ),
    onError: failed("The verdict was not kept"),
    onSuccess: (finding, given) => {
      client.setQueryData(["findings", given.findingId], finding);
      for (const noun of ["findings", "rules", "incidents", "overview"])
        void client.invalidateQueries({ queryKey: [noun] });
      const { before } = given;
      toast({
        text: given.verdict === null ? "Verdict taken back" : `${words(given.verdict)}: kept`,
        undo: before
          ? () => judge.mutate({ findingId: given.findingId, verdict: before.verdict, note: before.note })
          : undefined,
      });
    },
  });
  return judge;
}

export function VerdictChoice({
  name,
  value,
  onChange,
}: {
  name: string;
  value: Verdict | null;
  onChange: (verdict: Verdict) => void;
}) {
  return (
    <fieldset>
      <legend className="sr-only">Verdict</legend>
      <div className="grid gap-1 sm:grid-cols-2">
        {VERDICTS.map((each) => (
          <label
            key={each.value}
            className={cn(
              "flex cursor-pointer items-start gap-2 rounded-md border px-2 py-1.5",
              value === each.value ? "border-accent bg-selected" : "border-line hover:bg-hover",
            )}
          >
            <input
              type="radio"
              name={name}
              className="mt-1 accent-[var(--accent)]"
              checked={value === each.value}
              onChange={() => onChange(each.value)}
            />
            <span>
              <span className="font-medium">{words(each.value)}</span>
              <span className="block text-sm text-ink-2">{each.means}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A verdict and why, as a form: in a finding and in a window. */
export function VerdictForm({
  finding,
  onDone,
}: {
  finding: Pick<Schema<"WholeFinding">, "finding_id" | "verdict" | "verdict_note">;
  onDone?: (verdict: Verdict | null) => void;
}) {
  const judge = useJudge();
  const [verdict, setVerdict] = useState<Verdict | null>(finding.verdict);
  const [note, setNote] = useState(finding.verdict_note ?? "");
  const same = verdict === finding.verdict && note === (finding.verdict_note ?? "");
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        judge.mutate(
          {
            findingId: finding.finding_id,
            verdict,
            note,
            before: { verdict: finding.verdict, note: finding.verdict_note ?? "" },
          },
          { onSuccess: () => onDone?.(verdict) },
        );
      }}
    >
      <VerdictChoice name={`verdict-${finding.finding_id}`} value={verdict} onChange={setVerdict} />
      <Field label="Note">
        {(ids) => (
          <Textarea
            {...ids}
            rows={2}
            maxLength={2_000}
            value={note}
            placeholder="What was found out"
            onChange={(event) => setNote(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            }}
          />
        )}
      </Field>
      <div className="flex items-center gap-2">
        <Button
          type="submit"
          look="primary"
          busy={judge.isPending}
          disabled={same || (verdict === null && note !== "")}
        >
          Keep verdict
        </Button>
        {finding.verdict !== null ? (
          <Button
            look="quiet"
            busy={judge.isPending}
            onClick={() => {
              setVerdict(null);
              setNote("");
              judge.mutate(
                {
                  findingId: finding.finding_id,
                  verdict: null,
                  note: "",
                  before: { verdict: finding.verdict, note: finding.verdict_note ?? "" },
                },
                { onSuccess: () => onDone?.(null) },
              );
            }}
          >
            Take back
          </Button>
        ) : null}
      </div>
    </form>
  );
}

function Decided({ finding }: { finding: Schema<"WholeFinding"> }) {
  if (finding.verdict_at === null) return null;
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-2 text-sm text-ink-2">
      {finding.verdict_by !== null ? <Actor actor={finding.verdict_by} /> : null}
      <span>
        {finding.verdict === null ? "took the verdict back on" : "gave the verdict on"}{" "}
        <Time value={finding.verdict_at} />
      </span>
    </div>
  );
}

/** What was decided, for those who may not decide. */
export function VerdictShown({ finding }: { finding: Schema<"WholeFinding"> }) {
  if (finding.verdict === null) return <p className="text-ink-2">Nobody has said yet what it was.</p>;
  return (
    <div>
      <p>{words(finding.verdict)}</p>
      {finding.verdict_note ? (
        <p className="max-w-[70ch] whitespace-pre-wrap text-ink-2">{finding.verdict_note}</p>
      ) : null}
    </div>
  );
}

export function VerdictPart({ finding }: { finding: Schema<"WholeFinding"> }) {
  const may = useMay("analyst");
  return (
    <>
      {may ? (
        // A verdict that came meanwhile is shown anew.
        <VerdictForm key={`${finding.verdict} ${finding.verdict_at}`} finding={finding} />
      ) : (
        <VerdictShown finding={finding} />
      )}
      <Decided finding={finding} />
    </>
  );
}
