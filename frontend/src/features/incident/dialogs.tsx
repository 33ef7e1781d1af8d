"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { SeverityMark, StateLabel } from "@/components/data/severity";
import { Failure, Notice, Skeleton } from "@/components/data/states";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Checkbox, Field, Input, Select, Textarea } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { counted, words } from "@/lib/format";
import { SEVERITIES } from "@/lib/severity";
import { type Incident, useChange } from "./incident";

export const VERDICTS = ["true_positive", "false_positive", "benign", "undetermined"] as const;
const MEANS: Record<(typeof VERDICTS)[number], string> = {
  true_positive: "Somebody did harm, or tried to.",
  false_positive: "It is not what the rules say it is.",
  benign: "It happened as the rules say, and it was meant to.",
  undetermined: "It cannot be told.",
};

type Given = { incident: Incident; open: boolean; onOpenChange: (open: boolean) => void };

/** A verdict with its reason, which is kept as a comment. */
export function VerdictDialog({ incident, open, onOpenChange }: Given) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Verdict on #${incident.number}`}
      description="Verdicts count towards the precision of the rules that found it."
    >
      {open ? <VerdictForm incident={incident} done={() => onOpenChange(false)} /> : null}
    </Dialog>
  );
}

function VerdictForm({ incident, done }: { incident: Incident; done: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const change = useChange(incident.incident_id);
  const [verdict, setVerdict] = useState<string>(incident.verdict ?? "");
  const [note, setNote] = useState("");
  const [close, setClose] = useState(incident.state !== "closed");
  const before = { verdict: incident.verdict, state: incident.state };
  const give = useMutation({
    mutationFn: async () => {
      const wanted = VERDICTS.find((each) => each === verdict) ?? null;
      const state = close && wanted !== null ? { state: "closed" as const } : {};
      if (wanted !== incident.verdict || "state" in state) await change.mutateAsync({ verdict: wanted, ...state });
      const text = note.trim();
      if (text === "") return;
      await data(
        api.POST("/api/v1/incidents/{incident_id}/comments", {
          params: { path: { incident_id: incident.incident_id } },
          body: { text: wanted === null ? text : `${words(wanted)}: ${text}` },
        }),
      );
      void client.invalidateQueries({ queryKey: ["comments", incident.incident_id] });
    },
    onSuccess: () => {
      toast({
        text: verdict === "" ? "The verdict was taken back" : `Verdict: ${words(verdict).toLowerCase()}`,
        undo: () => change.mutate(before, { onSuccess: () => toast({ text: "It is as it was before" }) }),
      });
      done();
    },
  });
  return (
    <form
      className="flex flex-col gap-3 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        give.mutate();
      }}
    >
      <fieldset className="flex flex-col gap-1">
        <legend className="sr-only">Verdict</legend>
        {VERDICTS.map((each, index) => (
          <label key={each} className="flex cursor-pointer items-start gap-2 rounded-md px-2 py-1 hover:bg-hover">
            <input
              type="radio"
              name="verdict"
              value={each}
              checked={verdict === each}

              autoFocus={incident.verdict === null ? index === 0 : incident.verdict === each}
              onChange={() => setVerdict(each)}
              className="mt-1 accent-[var(--accent)]"
            />
            <span>
              <span className="block font-medium">{words(each)}</span>
              <span className="block text-sm text-ink-2">{MEANS[each]}</span>
            </span>
          </label>
        ))}
        {incident.verdict !== null ? (
          <label className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1 hover:bg-hover">
            <input
              type="radio"
              name="verdict"
              value=""
              checked={verdict === ""}
              onChange={() => setVerdict("")}
              className="accent-[var(--accent)]"
            />
            No verdict yet
          </label>
        ) : null}
      </fieldset>
      <Field label="Why" hint="Kept as a comment.">
        {(ids) => (
          <Textarea {...ids} value={note} maxLength={10_000} onChange={(event) => setNote(event.target.value)} />
        )}
      </Field>
      {incident.state !== "closed" && verdict !== "" ? (
        <Checkbox label="Close the incident" checked={close} onChange={(event) => setClose(event.target.checked)} />
      ) : null}
      {give.isError ? <Notice tone="danger">{asProblem(give.error).message}</Notice> : null}
      <div className="flex justify-end gap-2">
        <Button onClick={done}>Cancel</Button>
        <Button
          type="submit"
          look="primary"
          busy={give.isPending}
          disabled={verdict === (incident.verdict ?? "") && note.trim() === ""}
        >
          Give verdict
        </Button>
      </div>
    </form>
  );
}

/** Title and severity that people set in place of those that were worked out. */
export function EditDialog({ incident, open, onOpenChange }: Given) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={`Title and severity of #${incident.number}`}>
      {open ? <EditForm incident={incident} done={() => onOpenChange(false)} /> : null}
    </Dialog>
  );
}

function EditForm({ incident, done }: { incident: Incident; done: () => void }) {
  const change = useChange(incident.incident_id);
  const toast = useToast();
  const [title, setTitle] = useState(incident.title);
  const [severity, setSeverity] = useState<string>(
    incident.severity === incident.computed_severity ? "" : incident.severity,
  );
  return (
    <form
      className="flex flex-col gap-3 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          {
            ...(title.trim() === incident.title ? {} : { title: title.trim() === "" ? null : title.trim() }),
            severity: SEVERITIES.find((each) => each === severity) ?? null,
          },
          {
            onSuccess: () => {
              toast({ text: "Saved" });
              done();
            },
          },
        );
      }}
    >
      <Field label="Title" hint="Empty: the title that follows from its findings.">
        {(ids) => <Input {...ids} value={title} maxLength={200} onChange={(event) => setTitle(event.target.value)} />}
      </Field>
      <Field label="Severity">
        {(ids) => (
          <Select {...ids} value={severity} onChange={(event) => setSeverity(event.target.value)}>
            <option value="">As worked out ({words(incident.computed_severity).toLowerCase()})</option>
            {SEVERITIES.map((each) => (
              <option key={each} value={each}>
                {words(each)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {change.isError ? <Notice tone="danger">{asProblem(change.error).message}</Notice> : null}
      <div className="flex justify-end gap-2">
        <Button onClick={done}>Cancel</Button>
        <Button type="submit" look="primary" busy={change.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}

/** Choosing the incident that is the same, and saying why. */
export function MergeDialog({ incident, open, onOpenChange }: Given) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Merge #${incident.number} with another incident`}
      description="Both become one within seconds; the address of the one that ends leads to the one that goes on. It can be undone in the discussion."
      wide
    >
      {open ? <MergeForm incident={incident} done={() => onOpenChange(false)} /> : null}
    </Dialog>
  );
}

function MergeForm({ incident, done }: { incident: Incident; done: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const [typed, setTyped] = useState("");
  const [text, setText] = useState("");
  const [other, setOther] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setText(typed.trim()), 200);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useQuery({
    queryKey: ["incidents", "to-merge", incident.incident_id, text],
    queryFn: async () => {
      if (text !== "")
        return (await data(api.GET("/api/v1/incidents", { params: { query: { text, limit: 20 } } }))).items;
      const similar = await data(
        api.GET("/api/v1/incidents/{incident_id}/similar", {
          params: { path: { incident_id: incident.incident_id }, query: { limit: 20 } },
        }),
      );
      return similar.items.map((each) => each.incident);
    },
  });
  const merge = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/incidents/{incident_id}/merge", {
          params: { path: { incident_id: incident.incident_id } },
          body: { other: other ?? "", reason: reason.trim() },
        }),
      ),
    onSuccess: () => {
      toast({ text: "They will be one incident within seconds" });
      void client.invalidateQueries({ queryKey: ["incidents"] });
      void client.invalidateQueries({ queryKey: ["history", incident.incident_id] });
      done();
    },
  });
  const rows = (found.data ?? []).filter(
    (each) => each.incident_id !== incident.incident_id && each.redirect_to === null,
  );
  return (
    <form
      className="flex flex-col gap-3 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        merge.mutate();
      }}
    >
      <Field label="Other incident" hint={text === "" ? "Those that share most with this one." : undefined}>
        {(ids) => (
          <Input
            {...ids}
            value={typed}
            placeholder="Search titles and entities"
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      <div
        role="radiogroup"
        aria-label="Other incident"
        className="max-h-64 overflow-y-auto rounded-md border border-line"
      >
        {found.isError ? (
          <Failure error={found.error} what="The incidents" onRetry={() => void found.refetch()} />
        ) : found.isPending ? (
          <Skeleton className="p-3" />
        ) : rows.length === 0 ? (
          <p className="px-3 py-4 text-ink-2">
            {text === ""
              ? "No other incident shares anything with this one: search for it"
              : "No other incident has this text"}
          </p>
        ) : (
          rows.map((each) => (
            <label
              key={each.incident_id}
              className="flex cursor-pointer items-center gap-2 border-b border-line px-3 py-1 last:border-0 hover:bg-hover has-checked:bg-selected"
            >
              <input
                type="radio"
                name="other"
                checked={other === each.incident_id}
                onChange={() => setOther(each.incident_id)}
                className="accent-[var(--accent)]"
              />
              <SeverityMark severity={each.severity} />
              <span className="text-ink-3">#{each.number}</span>
              <span className="min-w-0 flex-1 truncate" title={each.title}>
                {each.title}
              </span>
              <span className="hidden text-sm text-ink-3 sm:inline">{counted(each.finding_count, "finding")}</span>
              <StateLabel state={each.state} />
            </label>
          ))
        )}
      </div>
      <Field label="Why they are the same">
        {(ids) => (
          <Input
            {...ids}
            value={reason}
            maxLength={1_000}
            required
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      {merge.isError ? <Notice tone="danger">{asProblem(merge.error).message}</Notice> : null}
      <div className="flex justify-end gap-2">
        <Button onClick={done}>Cancel</Button>
        <Button type="submit" look="primary" busy={merge.isPending} disabled={other === null || reason.trim() === ""}>
          Merge
        </Button>
      </div>
    </form>
  );
}

/** Saying that the chosen findings do not belong to the incident. */
export function SplitDialog({
  incident,
  findingIds,
  open,
  onOpenChange,
  onDone,
}: Given & { findingIds: readonly string[]; onDone: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const [reason, setReason] = useState("");
  const split = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/incidents/{incident_id}/split", {
          params: { path: { incident_id: incident.incident_id } },
          body: { finding_ids: [...findingIds], reason: reason.trim() },
        }),
      ),
    onSuccess: () => {
      toast({ text: `${counted(findingIds.length, "finding")} will leave within seconds` });
      void client.invalidateQueries({ queryKey: ["incidents"] });
      void client.invalidateQueries({ queryKey: ["history", incident.incident_id] });
      setReason("");
      onDone();
    },
    onError: failed("The incident was not split"),
  });
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Split ${counted(findingIds.length, "finding")} off #${incident.number}`}
      description="They become an incident of their own within seconds, and later findings respect it. It can be undone in the discussion."
    >
      <form
        className="flex flex-col gap-3 pb-3"
        onSubmit={(event) => {
          event.preventDefault();
          split.mutate();
        }}
      >
        <Field label="Why they do not belong to it">
          {(ids) => (
            <Input
              {...ids}
              value={reason}
              maxLength={1_000}
              required
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button type="submit" look="primary" busy={split.isPending} disabled={reason.trim() === ""}>
            Split
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
