"use client";

import Link from "next/link";
import { useMemo } from "react";

import { type Schema, api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { ChoiceFilter, ClearFilters, FilterBar, FixedFilter, TextFilter } from "@/components/data/filters";
import { SidePanel } from "@/components/data/side-panel";
import { Empty, Failure, Loaded } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { TimeRange, useTimeRange } from "@/components/data/time-range";
import { Mono, huntHref, quoted } from "@/components/data/value";
import { useAddress } from "@/lib/address";
import { counted, number } from "@/lib/format";
import { usePages } from "@/lib/pages";
import { useQuery } from "@tanstack/react-query";
import { SourcesFrame } from "./frame";
import { countColumns, useTokenNames } from "./source-list";

type Receipt = Schema<"Receipt">;
const DOORS = ["native", "hec", "bulk", "otlp", "syslog", "s3"] as const;
const FILTERS = ["origin", "door", "source", "token", "incomplete", "from", "to"];

/** Accounts of batches: what came, and what became of it. */
export function Receipts() {
  const { get, push } = useAddress();
  const range = useTimeRange("7d");
  const tokens = useTokenNames();
  const door = DOORS.find((each) => each === get("door"));
  const origin = get("origin");
  const asked = {
    ...(door ? { door } : {}),
    ...(origin ? { origin: origin.endsWith("*") ? origin : `${origin}*` } : {}),
    ...(get("source") ? { source: get("source") } : {}),
    ...(get("token") ? { token: get("token") } : {}),
    ...(get("incomplete") === "true" ? { incomplete: true } : {}),
    first_at: range.from,
    ...(range.relative === null ? { before: range.to } : {}),
  };
  const list = usePages(["receipts", asked], (cursor) =>
    data(api.GET("/api/v1/receipts", { params: { query: { ...asked, limit: 100, ...(cursor ? { cursor } : {}) } } })),
  );
  const open = get("open");
  const columns = useMemo<Column<Receipt>[]>(
    () => [
      {
        id: "received_at",
        header: "Received",
        size: 150,
        cell: ({ row }) => <Time value={row.original.received_at} />,
      },
      { id: "door", header: "Door", size: 70, cell: ({ row }) => row.original.door },
      {
        id: "origin",
        header: "Origin",
        size: 220,
        meta: { grow: true },
        cell: ({ row }) => (
          <span className="truncate text-left font-mono [direction:rtl]" title={row.original.origin}>
            <bdi>{row.original.origin}</bdi>
          </span>
        ),
      },
      {
        id: "sources",
        header: "Log sources",
        size: 170,
        meta: { hideBelow: 800 },
        cell: ({ row }) => <span className="truncate">{Object.keys(row.original.sources).join(", ")}</span>,
      },
      ...countColumns<Receipt>().map((column) => ({ ...column, id: `count_${column.id}` })),
      {
        id: "reasons",
        header: "Why not events",
        size: 150,
        meta: { hideBelow: 1000 },
        cell: ({ row }) => {
          const text = row.original.reasons.map((each) => each.reason).join("; ");
          return (
            <span className="truncate text-ink-2" title={text}>
              {text}
            </span>
          );
        },
      },
    ],
    [],
  );
  return (
    <SourcesFrame actions={<TimeRange range={range} longest={90} />}>
      <FilterBar className="shrink-0">
        <TextFilter name="origin" label="Origin begins with" />
        <ChoiceFilter name="door" label="Door" single options={DOORS.map((value) => ({ value, label: value }))} />
        <ChoiceFilter
          name="incomplete"
          label="Records"
          single
          options={[{ value: "true", label: "Some skipped or malformed" }]}
        />
        <FixedFilter name="source" label="Log source" />
        <FixedFilter name="token" label="Token" show={(id) => tokens.get(id) ?? id} />
        <ClearFilters names={FILTERS} />
      </FilterBar>
      <div className="flex min-h-0 flex-1">
        <div className="min-w-0 flex-1">
          {list.isError && list.rows.length === 0 ? (
            <Failure error={list.error} what="The receipts" onRetry={() => void list.refetch()} />
          ) : (
            <DataTable
              label="Receipts"
              name="receipts"
              rows={list.rows}
              columns={columns}
              rowId={(row) => row.batch_id}
              openId={open}
              onOpen={(row) => push({ open: row.batch_id })}
              onEnd={list.next}
              more={list.more}
              loadingMore={list.loadingMore}
              loading={list.loading}
              empty={
                <Empty title="No batch was received that fits">
                  Choose a longer time, or take a filter away. Receipts are found by when the batch came, not by the
                  times of its events.
                </Empty>
              }
            />
          )}
        </div>
        {open ? (
          <SidePanel title="Receipt" onClose={() => push({ open: null })}>
            <ReceiptDetail batchId={open} />
          </SidePanel>
        ) : null}
      </div>
    </SourcesFrame>
  );
}

function ReceiptDetail({ batchId }: { batchId: string }) {
  const tokens = useTokenNames();
  const query = useQuery({
    queryKey: ["receipts", "one", batchId],
    queryFn: () => data(api.GET("/api/v1/receipts/{batch_id}", { params: { path: { batch_id: batchId } } })),
  });
  return (
    <Loaded query={query} what="The receipt">
      {(receipt) => <ReceiptAccount receipt={receipt} tokenName={tokens.get(receipt.token_id ?? "")} />}
    </Loaded>
  );
}

/** What became of each record of a batch. */
export function ReceiptAccount({ receipt, tokenName }: { receipt: Receipt; tokenName?: string | undefined }) {
  const times =
    receipt.first_at && receipt.last_at
      ? { from: receipt.first_at, to: new Date(Date.parse(receipt.last_at) + 1000).toISOString() }
      : null;
  return (
    <div className="flex flex-col gap-4 p-4">
      <dl className="grid grid-cols-[110px_minmax(0,1fr)] gap-x-3 gap-y-1 [&>dt]:text-ink-3">
        <dt>Received</dt>
        <dd>
          <Time value={receipt.received_at} parts="milli" />
        </dd>
        <dt>Processed</dt>
        <dd>
          <Time value={receipt.processed_at} parts="milli" />
        </dd>
        <dt>Door</dt>
        <dd>{receipt.door}</dd>
        <dt>Origin</dt>
        <dd>
          <Mono>{receipt.origin}</Mono>
        </dd>
        <dt>Token</dt>
        <dd>{receipt.token_id === null ? "none" : (tokenName ?? <Mono>{receipt.token_id}</Mono>)}</dd>
        <dt>Batch</dt>
        <dd>
          <Mono>{receipt.batch_id}</Mono>
        </dd>
        {times ? (
          <>
            <dt>Its events</dt>
            <dd>
              <Time value={times.from} /> to <Time value={receipt.last_at ?? times.to} />
            </dd>
          </>
        ) : null}
      </dl>
      <p>
        {counted(receipt.received, "record")} = {counted(receipt.events, "event")} + {number(receipt.skipped)} skipped +{" "}
        {number(receipt.malformed)} malformed + {counted(receipt.duplicates, "duplicate")}
      </p>
      {Object.keys(receipt.sources).length > 0 ? (
        <section>
          <h3 className="mb-1 font-semibold">Events by log source</h3>
          <ul className="text-sm">
            {Object.entries(receipt.sources).map(([source, events]) => (
              <li key={source} className="flex justify-between border-t border-line py-1">
                <Link
                  href={huntHref(`source = ${quoted(source)}`, times)}
                  prefetch={false}
                  className="font-mono hover:underline"
                  title="Hunt in the events of this time"
                >
                  {source}
                </Link>
                {number(events)}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {receipt.reasons.length > 0 ? (
        <section>
          <h3 className="mb-1 font-semibold">Why records became no events</h3>
          <ul className="text-sm">
            {receipt.reasons.map((reason) => (
              <li key={`${reason.kind} ${reason.reason}`} className="flex gap-3 border-t border-line py-1">
                <span className="w-20 shrink-0 text-ink-3">{reason.kind}</span>
                <span className="min-w-0 flex-1 break-words">{reason.reason}</span>
                {number(reason.records)}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  );
}
