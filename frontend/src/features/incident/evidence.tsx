"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import Link from "next/link";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Empty, Loaded, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono, huntHref } from "@/components/data/value";
import { PageBody } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button, IconButton } from "@/components/ui/button";
import { Field, Input, Select, Textarea } from "@/components/ui/form";
import { Confirm, Dialog } from "@/components/ui/overlay";
import { words } from "@/lib/format";
import { visible } from "@/lib/visible";
import { type Incident, actorName, useMembers } from "./incident";

type Piece = Schema<"Evidence">;
type Kind = Piece["kind"];

export const useEvidence = (incidentId: string) =>
  useQuery({
    queryKey: ["evidence", incidentId],
    queryFn: () =>
      data(api.GET("/api/v1/incidents/{incident_id}/evidence", { params: { path: { incident_id: incidentId } } })),
  });

/** What people attached: events, findings, addresses of pages, texts. */
export default function Evidence({ incident, onOpen }: { incident: Incident; onOpen: (findingId: string) => void }) {
  const may = useMay("analyst");
  const evidence = useEvidence(incident.incident_id);
  const members = useMembers();
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Piece | null>(null);
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ["evidence", incident.incident_id] });
    void client.invalidateQueries({ queryKey: ["history", incident.incident_id] });
  };
  const remove = useMutation({
    mutationFn: (piece: Piece) =>
      data(
        api.DELETE("/api/v1/incidents/{incident_id}/evidence/{evidence_id}", {
          params: { path: { incident_id: incident.incident_id, evidence_id: piece.evidence_id } },
        }),
      ),
    onSuccess: () => {
      toast({ text: "Evidence removed" });
      setLeaving(null);
      refresh();
    },
    onError: failed("The evidence was not removed"),
  });
  const add = may ? (
    <Button small onClick={() => setAdding(true)}>
      <Plus size={13} aria-hidden />
      Add evidence
    </Button>
  ) : null;
  return (
    <PageBody label="Evidence">
      <Loaded query={evidence} what="The evidence">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing was attached yet" action={add}>
              Keep here what the verdict rests on: events, findings, pages of a ticket system, quotes.
            </Empty>
          ) : (
            <>
              <div className="flex justify-end px-4 py-2">{add}</div>
              <ul className="border-t border-line">
                {items.map((piece) => (
                  <li key={piece.evidence_id} className="flex gap-3 border-b border-line px-4 py-2">
                    <span className="w-16 shrink-0 text-sm text-ink-3">{words(piece.kind)}</span>
                    <div className="min-w-0 flex-1">
                      <Content piece={piece} onOpen={onOpen} />
                      {piece.note ? <p className="whitespace-pre-wrap text-ink-2">{piece.note}</p> : null}
                      <p className="text-sm text-ink-3">
                        {actorName(piece.added_by, members.byId)}, <Time value={piece.added_at} relative />
                      </p>
                    </div>
                    {may ? (
                      <IconButton label="Remove evidence" onClick={() => setLeaving(piece)}>
                        <Trash2 size={14} aria-hidden />
                      </IconButton>
                    ) : null}
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
      <Dialog open={adding} onOpenChange={setAdding} title="Add evidence">
        {adding ? (
          <AddForm
            incidentId={incident.incident_id}
            done={() => {
              setAdding(false);
              refresh();
            }}
          />
        ) : null}
      </Dialog>
      <Confirm
        open={leaving !== null}
        onOpenChange={(open) => {
          if (!open) setLeaving(null);
        }}
        title="Remove this evidence"
        verb="Remove"
        danger
        busy={remove.isPending}
        onConfirm={() => {
          if (leaving) remove.mutate(leaving);
        }}
      >
        It leaves the incident for everybody. The history keeps that it was there, not what it was.
      </Confirm>
    </PageBody>
  );
}

export function Content({ piece, onOpen }: { piece: Piece; onOpen?: (findingId: string) => void }) {
  if (piece.kind === "url" && piece.url)
    return (
      <a href={piece.url} target="_blank" rel="noreferrer noopener" className="break-all text-accent-ink underline">
        {piece.url}
      </a>
    );
  if (piece.kind === "text")
    return <p className="font-mono text-[12px] break-words whitespace-pre-wrap">{visible(piece.text ?? "")}</p>;
  const id = piece.event_id ?? "";
  if (piece.kind === "event")
    return (
      <Link href={huntHref(`event_id = "${id}"`)} prefetch={false} className="hover:underline">
        <Mono>{id}</Mono>
      </Link>
    );
  return onOpen ? (
    <button type="button" onClick={() => onOpen(id)} className="hover:underline">
      <Mono>{id}</Mono>
    </button>
  ) : (
    <Mono>{id}</Mono>
  );
}

const KINDS: Record<Kind, { label: string; field: string; hint: string }> = {
  text: { label: "Text", field: "Text", hint: "A quote, a finding of yours, the output of a command." },
  url: { label: "Address of a page", field: "Address", hint: "Begins with https:// or http://." },
  event: { label: "Event", field: "Event id", hint: "32 hexadecimal digits, as a hunt shows them." },
  finding: { label: "Finding", field: "Finding id", hint: "32 hexadecimal digits, as the finding's page shows them." },
};

function AddForm({ incidentId, done }: { incidentId: string; done: () => void }) {
  const toast = useToast();
  const [kind, setKind] = useState<Kind>("text");
  const [content, setContent] = useState("");
  const [note, setNote] = useState("");
  const value = content.trim();
  const isId = kind === "event" || kind === "finding";
  const wrong = isId && value !== "" && !/^[0-9a-f]{32}$/.test(value) ? "An id has 32 hexadecimal digits." : undefined;
  const add = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/incidents/{incident_id}/evidence", {
          params: { path: { incident_id: incidentId } },
          body: {
            kind,
            note: note.trim(),
            ...(isId ? { event_id: value } : kind === "url" ? { url: value } : { text: content }),
          },
        }),
      ),
    onSuccess: () => {
      toast({ text: "Evidence added" });
      done();
    },
  });
  const { label, hint } = { label: KINDS[kind].field, hint: KINDS[kind].hint };
  return (
    <form
      className="flex flex-col gap-3 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Field label="Kind">
        {(ids) => (
          <Select {...ids} value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
            {(Object.keys(KINDS) as Kind[]).map((each) => (
              <option key={each} value={each}>
                {KINDS[each].label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={label} hint={hint} error={wrong}>
        {(ids) =>
          kind === "text" ? (
            <Textarea
              {...ids}
              rows={5}
              value={content}
              maxLength={10_000}
              required
              onChange={(event) => setContent(event.target.value)}
            />
          ) : (
            <Input
              {...ids}
              className="font-mono"
              value={content}
              maxLength={2_000}
              required
              onChange={(event) => setContent(event.target.value)}
            />
          )
        }
      </Field>
      <Field label="Note" hint="Why it matters; may stay empty.">
        {(ids) => <Input {...ids} value={note} maxLength={2_000} onChange={(event) => setNote(event.target.value)} />}
      </Field>
      {add.isError ? (
        <Notice tone="danger">{asProblem(add.error).errors[0]?.detail ?? asProblem(add.error).message}</Notice>
      ) : null}
      <div className="flex justify-end gap-2">
        <Button type="submit" look="primary" busy={add.isPending} disabled={value === "" || wrong !== undefined}>
          Add evidence
        </Button>
      </div>
    </form>
  );
}
