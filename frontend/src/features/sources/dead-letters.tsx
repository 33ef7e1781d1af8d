"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { ChoiceFilter, FilterBar } from "@/components/data/filters";
import { StateLabel } from "@/components/data/severity";
import { SidePanel } from "@/components/data/side-panel";
import { Empty, Failure, Loaded } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono } from "@/components/data/value";
import { useMay } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/overlay";
import { useAddress } from "@/lib/address";
import { bytes, counted, number, words } from "@/lib/format";
import { usePages } from "@/lib/pages";
import { SourcesFrame } from "./frame";

type Letter = Schema<"DeadLetter">;
const STATES = ["open", "replayed", "discarded"] as const;

/** Batches that could not be processed, to be sent through again. */
export function DeadLetters() {
  const { all, get, push } = useAddress();
  const given = all("state");
  const state = given.includes("any") ? undefined : (STATES.find((each) => given.includes(each)) ?? "open");
  const list = usePages(["dead-letters", state ?? "any"], (cursor) =>
    data(
      api.GET("/api/v1/dead-letters", {
        params: { query: { ...(state ? { state } : {}), ...(cursor ? { cursor } : {}), limit: 100 } },
      }),
    ),
  );
  const open = get("open");
  const columns = useMemo<Column<Letter>[]>(
    () => [
      { id: "failed_at", header: "Failed", size: 150, cell: ({ row }) => <Time value={row.original.failed_at} /> },
      { id: "state", header: "State", size: 100, cell: ({ row }) => <StateLabel state={row.original.state} /> },
      { id: "door", header: "Door", size: 70, cell: ({ row }) => row.original.door },
      {
        id: "origin",
        header: "Origin",
        size: 200,
        cell: ({ row }) => (
          <span className="truncate font-mono" title={row.original.origin}>
            {row.original.origin}
          </span>
        ),
      },
      {
        id: "reason",
        header: "Reason",
        size: 240,
        meta: { grow: true },
        cell: ({ row }) => (
          <span className="truncate" title={row.original.reason}>
            {row.original.reason}
          </span>
        ),
      },
      {
        id: "records",
        header: "Records",
        size: 90,
        meta: { align: "right" },
        cell: ({ row }) => number(row.original.records),
      },
      {
        id: "attempts",
        header: "Attempts",
        size: 80,
        meta: { align: "right", hideBelow: 800 },
        cell: ({ row }) => row.original.attempts,
      },
    ],
    [],
  );
  return (
    <SourcesFrame>
      <FilterBar className="shrink-0">
        <ChoiceFilter
          name="state"
          label="State"
          single
          defaults={["open"]}
          options={STATES.map((value) => ({ value, label: words(value) }))}
        />
      </FilterBar>
      <div className="flex min-h-0 flex-1">
        <div className="min-w-0 flex-1">
          {list.isError && list.rows.length === 0 ? (
            <Failure error={list.error} what="The dead letters" onRetry={() => void list.refetch()} />
          ) : (
            <DataTable
              label="Dead letters"
              name="dead-letters"
              rows={list.rows}
              columns={columns}
              rowId={(row) => row.id}
              openId={open}
              onOpen={(row) => push({ open: row.id })}
              onEnd={list.next}
              more={list.more}
              loadingMore={list.loadingMore}
              loading={list.loading}
              empty={
                <Empty title={state === "open" ? "No batch waits for a decision" : "No dead letter fits"}>
                  A batch that fails again and again is put aside here, whole, with the reason, so that the others go on
                  and nothing is lost.
                </Empty>
              }
            />
          )}
        </div>
        {open ? (
          <SidePanel title="Dead letter" onClose={() => push({ open: null })}>
            <Detail id={open} />
          </SidePanel>
        ) : null}
      </div>
    </SourcesFrame>
  );
}

function Detail({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ["dead-letters", "one", id],
    queryFn: () => data(api.GET("/api/v1/dead-letters/{dead_letter_id}", { params: { path: { dead_letter_id: id } } })),
  });
  const may = useMay("admin");
  return (
    <Loaded query={query} what="The dead letter">
      {(letter) => (
        <div className="flex flex-col gap-4 p-4">
          <p className="break-words">{letter.reason}</p>
          <dl className="grid grid-cols-[110px_minmax(0,1fr)] gap-x-3 gap-y-1 [&>dt]:text-ink-3">
            <dt>State</dt>
            <dd>
              <StateLabel state={letter.state} />
            </dd>
            <dt>Failed</dt>
            <dd>
              <Time value={letter.failed_at} />, {counted(letter.attempts, "attempt")}
            </dd>
            <dt>Door</dt>
            <dd>{letter.door}</dd>
            <dt>Origin</dt>
            <dd>
              <Mono>{letter.origin}</Mono>
            </dd>
            <dt>Size</dt>
            <dd>
              {counted(letter.records, "record")}, {bytes(letter.size_bytes)} compressed
            </dd>
            <dt>Batch</dt>
            <dd>
              <Mono>{letter.batch_id}</Mono>
            </dd>
            {letter.replayed_at ? (
              <>
                <dt>{words(letter.state)}</dt>
                <dd>
                  <Time value={letter.replayed_at} />
                  {letter.replayed_by ? ` by ${letter.replayed_by}` : ""}
                </dd>
              </>
            ) : null}
          </dl>
          {letter.state === "replayed" ? (
            <p>
              <Link
                href={`/sources/receipts?open=${letter.batch_id}`}
                prefetch={false}
                className="text-accent-ink hover:underline"
              >
                Its receipt
              </Link>{" "}
              says what became of it. If it failed again it is a new dead letter.
            </p>
          ) : null}
          {may ? <Decide letter={letter} /> : null}
        </div>
      )}
    </Loaded>
  );
}

function Decide({ letter }: { letter: Letter }) {
  const [asking, setAsking] = useState<"replay" | "discard" | null>(null);
  const toast = useToast();
  const failed = useFailureToast();
  const client = useQueryClient();
  const path = { params: { path: { dead_letter_id: letter.id } } };
  const settled = () => {
    setAsking(null);
    for (const noun of ["dead-letters", "receipts", "overview"]) void client.invalidateQueries({ queryKey: [noun] });
  };
  const replay = useMutation({
    mutationFn: () => data(api.POST("/api/v1/dead-letters/{dead_letter_id}/replay", path)),
    onSuccess: () => toast({ text: "Put into the log again" }),
    onError: failed("The batch was not replayed"),
    onSettled: settled,
  });
  const discard = useMutation({
    mutationFn: () => data(api.POST("/api/v1/dead-letters/{dead_letter_id}/discard", path)),
    onSuccess: () => toast({ text: "Discarded" }),
    onError: failed("The batch was not discarded"),
    onSettled: settled,
  });
  if (letter.state !== "open") return null;
  return (
    <div className="flex gap-2">
      <Button look="primary" busy={replay.isPending} onClick={() => setAsking("replay")}>
        Replay
      </Button>
      <Button look="danger" busy={discard.isPending} onClick={() => setAsking("discard")}>
        Discard
      </Button>
      <Confirm
        open={asking === "replay"}
        onOpenChange={(open) => setAsking(open ? "replay" : null)}
        title="Replay this batch?"
        verb="Replay"
        busy={replay.isPending}
        onConfirm={() => replay.mutate()}
      >
        The {counted(letter.records, "record")} are put into the log again, as they were. Events that are there already
        count as duplicates. Mend the cause first, else it fails again with the same reason.
      </Confirm>
      <Confirm
        open={asking === "discard"}
        onOpenChange={(open) => setAsking(open ? "discard" : null)}
        title="Discard this batch?"
        verb="Discard"
        danger
        busy={discard.isPending}
        onConfirm={() => discard.mutate()}
      >
        The {counted(letter.records, "record")} will not become events. The batch is kept all the same and stays listed
        under the state discarded, but this cannot be undone.
      </Confirm>
    </div>
  );
}
