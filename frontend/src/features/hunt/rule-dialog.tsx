"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Failure, Notice, Skeleton } from "@/components/data/states";
import type { TimeRangeState } from "@/components/data/time-range";
import { Editor } from "@/components/editor/editor";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { HANDED_OVER } from "@/features/detections/editor/draft";
import { counted, number } from "@/lib/format";

type Draft = Schema<"HuntRule">;

/** The hunt as a Sigma rule: what it calls the attributes, what it finds of what the hunt finds, and where it goes from here. */
export function RuleDialog({
  query,
  range,
  wanted,
  onClose,
}: {
  query: string;
  range: TimeRangeState;
  wanted: "rule" | "retro";
  onClose: () => void;
}) {
  const router = useRouter();
  const body = { query, first_at: range.from, before: range.to };
  const made = useQuery({
    queryKey: ["hunt-rules", body],
    queryFn: ({ signal }) => data(api.POST("/api/v1/hunt-rules", { body, signal })),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    retry: false,
  });
  const rule = made.data?.rule ?? null;
  const checked = useQuery({
    queryKey: ["own-rule-checks", rule],
    queryFn: () =>
      data(
        api.POST("/api/v1/own-rule-checks", {
          body: { text: rule ?? "", enabled: true, samples: [] },
        }),
      ),
    enabled: rule !== null,
    staleTime: Infinity,
  });
  const runs = checked.data?.runs === true;
  const [typed, setTyped] = useState<string | null>(null);
  const name = typed ?? query.slice(0, 120);
  const start = useMutation({
    mutationFn: () =>
      data(api.POST("/api/v1/retro-hunts", { body: { name, rule, first_at: range.from, before: range.to } })),
    onSuccess: (job) => router.push(`/hunt/retro/${job.id}`),
  });
  const open = () => {
    if (rule === null) return;
    sessionStorage.setItem(HANDED_OVER, rule);
    router.push("/detections/rules/new");
  };
  return (
    <Dialog
      open
      wide
      onOpenChange={(is) => !is && onClose()}
      title={wanted === "rule" ? "Turn the hunt into a rule" : "Run the hunt as a retro-hunt"}
      description={
        wanted === "rule"
          ? "The condition in Sigma, by the names of the records themselves. It is tried on events of the time range; nothing is saved yet."
          : "The condition becomes a Sigma rule and runs over all records of the time range as a job. Nothing live is changed."
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {wanted === "rule" ? (
            <Button look="primary" disabled={!runs} onClick={open}>
              Open in the rule editor
            </Button>
          ) : (
            <Button look="primary" disabled={!runs} busy={start.isPending} onClick={() => start.mutate()}>
              Start
            </Button>
          )}
        </>
      }
    >
      {made.isPending ? (
        <Skeleton lines={8} className="py-2" />
      ) : made.isError ? (
        <Failure error={made.error} what="The rule" onRetry={() => void made.refetch()} />
      ) : rule === null ? (
        <Problems problems={made.data.problems} query={query} />
      ) : (
        <div className="flex flex-col gap-3 pb-3">
          <Tried draft={made.data} />
          {made.data.notes.map((note) => (
            <Notice key={note} tone="neutral">
              {note}
            </Notice>
          ))}
          {checked.isError ? <Notice tone="danger">Not checked: {asProblem(checked.error).message}</Notice> : null}
          {checked.data && !runs ? (
            <Notice tone="danger">
              It would not run beside your other rules: {checked.data.problems.map((each) => each.reason).join("; ")}
            </Notice>
          ) : null}
          {wanted === "retro" ? (
            <Field label="Name">
              {(ids) => (
                <Input {...ids} maxLength={200} value={name} onChange={(event) => setTyped(event.target.value)} />
              )}
            </Field>
          ) : null}
          {made.data.names.length > 0 ? (
            <table className="w-full max-w-[640px] text-sm">
              <caption className="mb-1 text-left text-ink-3">What the records call the attributes</caption>
              <tbody>
                {made.data.names.map((each) => (
                  <tr key={each.attribute} className="border-t border-line">
                    <th scope="row" className="py-0.5 pr-4 text-left font-mono text-[12px] font-normal text-ink-2">
                      {each.attribute}
                    </th>
                    <td className="py-0.5 font-mono text-[12px]">{each.field}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          ) : null}
          <Editor label="Rule" language="yaml" lineNumbers readOnly value={rule} className="max-h-80" />
          {start.isError ? (
            <p role="alert" className="text-danger-ink">
              Not started: {asProblem(start.error).message}
            </p>
          ) : null}
        </div>
      )}
    </Dialog>
  );
}

function Tried({ draft }: { draft: Draft }) {
  const same = draft.found === draft.records && draft.others_found === 0;
  return (
    <Notice tone={same ? "good" : "warn"}>
      {same
        ? `Tried on ${counted(draft.records, "record")} that the hunt finds, and found all of them; of ${number(draft.others)} that the hunt leaves out it found none.`
        : `It says something else than the hunt: it found ${number(draft.found)} of ${counted(draft.records, "record")} that the hunt finds, and ${number(draft.others_found)} of ${number(draft.others)} that the hunt leaves out. Look at it before you use it.`}
    </Notice>
  );
}

function Problems({ problems, query }: { problems: Draft["problems"]; query: string }) {
  return (
    <div className="flex flex-col gap-3 pb-4">
      <p className="font-medium">A rule cannot say this</p>
      <ul className="flex flex-col gap-3">
        {problems.map((each) => (
          <li key={`${each.start} ${each.message}`}>
            <p className="text-ink-2 first-letter:uppercase">{each.message}</p>
            {each.end > each.start ? (
              <pre className="mt-1 rounded-md bg-sunken px-3 py-1.5 font-mono text-[12px] whitespace-pre-wrap">
                {query.slice(0, each.start)}
                <mark className="rounded-sm bg-warn-soft text-warn-ink">{query.slice(each.start, each.end)}</mark>
                {query.slice(each.end)}
              </pre>
            ) : null}
          </li>
        ))}
      </ul>
    </div>
  );
}
