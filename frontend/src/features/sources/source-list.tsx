"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo } from "react";

import { type Schema, api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { huntHref, quoted } from "@/components/data/value";
import { useMay } from "@/components/shell/session";
import { Button, buttonClass } from "@/components/ui/button";
import { number } from "@/lib/format";
import { durationText } from "@/lib/time";
import { SourcesFrame } from "./frame";

type Source = Schema<"Source">;

/** Names of the ingest tokens, for those who may read them. */
export function useTokenNames(): Map<string, string> {
  const may = useMay("admin");
  const query = useQuery({
    queryKey: ["tokens", "ingest"],
    queryFn: () => data(api.GET("/api/v1/tokens", { params: { query: { kind: "ingest" } } })),
    enabled: may,
  });
  return useMemo(() => new Map(query.data?.items.map((token) => [token.id, token.name])), [query.data]);
}

/** Counts that add up: received = events + skipped + malformed + duplicates. */
export function countColumns<T extends Schema<"Counts">>(): Column<T>[] {
  return (
    [
      ["received", "Received"],
      ["events", "Events"],
      ["skipped", "Skipped"],
      ["malformed", "Malformed"],
      ["duplicates", "Duplicates"],
    ] as const
  ).map(([name, header]) => ({
    id: name,
    header,
    size: 82,
    meta: { align: "right" as const },
    cell: ({ row }) => {
      const value = row.original[name];
      const look = value === 0 ? "text-ink-3" : name === "malformed" ? "text-warn-ink" : undefined;
      return <span className={look}>{number(value)}</span>;
    },
  }));
}

/** What came through each door, when last, and whether it is silent. */
export function SourceList() {
  const admin = useMay("admin");
  const tokens = useTokenNames();
  const query = useQuery({ queryKey: ["sources"], queryFn: () => data(api.GET("/api/v1/sources")) });
  const columns = useMemo<Column<Source>[]>(
    () => [
      {
        id: "name",
        header: "Log source",
        size: 170,
        meta: { grow: true },
        cell: ({ row: { original } }) =>
          original.name === "" ? (
            <span className="text-ink-2">Not recognised, or no event</span>
          ) : (
            <Link
              href={huntHref(`source = ${quoted(original.name)}`)}
              prefetch={false}
              className="truncate font-mono hover:underline"
              title="Hunt in its events"
            >
              {original.name}
            </Link>
          ),
      },
      { id: "door", header: "Door", size: 76, cell: ({ row }) => row.original.door },
      {
        id: "state",
        header: "Now",
        size: 124,
        cell: ({ row: { original } }) =>
          original.silent ? (
            <span className="text-warn-ink">silent for {durationText(original.silent_seconds)}</span>
          ) : original.usual_gap_seconds === null ? (
            <span className="text-ink-3">too few to say</span>
          ) : (
            <span className="text-good-ink">as usual</span>
          ),
      },
      {
        id: "gap",
        header: "Usual gap",
        size: 78,
        meta: { align: "right" },
        cell: ({ row: { original } }) =>
          original.usual_gap_seconds === null
            ? null
            : original.usual_gap_seconds < 1
              ? "< 1 s"
              : durationText(original.usual_gap_seconds),
      },
      {
        id: "seen",
        header: "Last received",
        size: 104,
        cell: ({ row }) => <Time value={row.original.last_seen_at} relative />,
      },
      {
        id: "event",
        header: "Last event",
        size: 142,
        meta: { hideBelow: 900 },
        cell: ({ row: { original } }) => (original.last_event_at ? <Time value={original.last_event_at} /> : null),
      },
      ...countColumns<Source>(),
      {
        id: "token",
        header: "Token",
        size: 96,
        meta: { hideBelow: 1100 },
        cell: ({ row: { original } }) =>
          original.token_id === null ? null : (
            <Link
              href={`/sources/receipts?token=${original.token_id}`}
              prefetch={false}
              className="truncate hover:underline"
            >
              {tokens.get(original.token_id) ?? "receipts"}
            </Link>
          ),
      },
      {
        id: "receipts",
        header: () => <span className="sr-only">Receipts</span>,
        size: 72,
        cell: ({ row: { original } }) => (
          <Link
            href={`/sources/receipts?${new URLSearchParams({
              ...(original.name === "" ? { incomplete: "true" } : { source: original.name }),
              door: original.door,
              from: "-90d",
            }).toString()}`}
            prefetch={false}
            className="text-accent-ink hover:underline"
          >
            Receipts
          </Link>
        ),
      },
    ],
    [tokens],
  );
  const silent = query.data?.items.filter((source) => source.silent && source.name !== "").length ?? 0;
  return (
    <SourcesFrame>
      {query.isError && query.data === undefined ? (
        <Failure error={query.error} what="The log sources" onRetry={() => void query.refetch()} />
      ) : (
        <div className="flex min-h-0 flex-1 flex-col">
          {query.isError ? (
            <Notice
              className="m-2"
              action={
                <Button small onClick={() => void query.refetch()}>
                  Try again
                </Button>
              }
            >
              The log sources could not be refreshed. What is shown is from before.
            </Notice>
          ) : silent > 0 ? (
            <Notice className="m-2">
              {silent === 1 ? "One log source is" : `${silent} log sources are`} silent for more than three times the
              usual gap. Look at the sender first, then at dead letters.
            </Notice>
          ) : null}
          <div className="min-h-0 flex-1">
            <DataTable
              label="Log sources"
              name="sources"
              rows={query.data?.items ?? []}
              columns={columns}
              rowId={(row) => `${row.name} ${row.door}`}
              loading={query.isPending}
              empty={
                <Empty
                  title="Nothing has come yet"
                  action={
                    admin ? (
                      <Link href="/sources/add" className={buttonClass("primary")}>
                        Add a source
                      </Link>
                    ) : undefined
                  }
                >
                  {admin
                    ? "Make a token, copy the set-up of your client, and see the first event arrive."
                    : "Somebody with the role admin can add a source."}
                </Empty>
              }
            />
          </div>
        </div>
      )}
    </SourcesFrame>
  );
}
