"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Ellipsis } from "lucide-react";
import Link from "next/link";
import { useMemo, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { ChoiceFilter, FilterBar } from "@/components/data/filters";
import { StateLabel } from "@/components/data/severity";
import { Empty, Failure } from "@/components/data/states";
import { Time, useNow } from "@/components/data/time";
import { Mono } from "@/components/data/value";
import { useMay } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { IconButton, buttonClass } from "@/components/ui/button";
import { Confirm, Menu } from "@/components/ui/overlay";
import { ShownOnce } from "@/features/settings/shown-once";
import { useAddress } from "@/lib/address";
import { SourcesFrame } from "./frame";

type Token = Schema<"Token">;

/** `active`, `expired` or `revoked`. */
export function tokenState(token: Pick<Token, "revoked_at" | "expires_at">, now: number): string {
  if (token.revoked_at !== null) return "revoked";
  return token.expires_at !== null && Date.parse(token.expires_at) <= now ? "expired" : "active";
}

/** What sends records here, and how to take its right away. */
export function IngestTokens() {
  const may = useMay("admin");
  const { all } = useAddress();
  const now = useNow();
  const [asking, setAsking] = useState<{ what: "rotate" | "revoke"; token: Token } | null>(null);
  const [fresh, setFresh] = useState<Schema<"TokenWithText"> | null>(null);
  const query = useQuery({
    queryKey: ["tokens", "ingest"],
    queryFn: () => data(api.GET("/api/v1/tokens", { params: { query: { kind: "ingest" } } })),
    enabled: may,
  });
  const toast = useToast();
  const failed = useFailureToast();
  const client = useQueryClient();
  const settled = () => {
    setAsking(null);
    void client.invalidateQueries({ queryKey: ["tokens"] });
  };
  const path = (token: Token) => ({ params: { path: { token_id: token.id } } });
  const revoke = useMutation({
    mutationFn: (token: Token) => data(api.DELETE("/api/v1/tokens/{token_id}", path(token))),
    onSuccess: () => toast({ text: "Revoked: the doors refuse it within seconds" }),
    onError: failed("The token was not revoked"),
    onSettled: settled,
  });
  const rotate = useMutation({
    mutationFn: (token: Token) => data(api.POST("/api/v1/tokens/{token_id}/rotate", path(token))),
    onSuccess: setFresh,
    onError: failed("The token was not rotated"),
    onSettled: settled,
  });
  const given = all("state");
  const shown = given.includes("any") ? null : (given[0] ?? "active");
  const rows = useMemo(
    () =>
      (query.data?.items ?? []).filter((token) => shown === null || tokenState(token, now?.getTime() ?? 0) === shown),
    [query.data, shown, now],
  );
  const columns = useMemo<Column<Token>[]>(
    () => [
      {
        id: "name",
        header: "Name",
        size: 160,
        meta: { grow: true },
        cell: ({ row }) => <span className="truncate">{row.original.name}</span>,
      },
      {
        id: "state",
        header: "State",
        size: 90,
        cell: ({ row }) => {
          const state = tokenState(row.original, now?.getTime() ?? 0);
          return <StateLabel state={state} />;
        },
      },
      { id: "prefix", header: "Begins", size: 120, cell: ({ row }) => <Mono>{row.original.prefix}</Mono> },
      {
        id: "doors",
        header: "Doors",
        size: 110,
        cell: ({ row }) => (row.original.scopes.length === 0 ? "all" : row.original.scopes.join(", ")),
      },
      {
        id: "source",
        header: "Log source",
        size: 120,
        meta: { hideBelow: 900 },
        cell: ({ row }) => row.original.source ?? <span className="text-ink-3">recognised</span>,
      },
      {
        id: "used",
        header: "Last used",
        size: 190,
        cell: ({ row: { original } }) =>
          original.last_used_at === null ? (
            <span className="text-ink-3">never</span>
          ) : (
            <span className="truncate">
              <Time value={original.last_used_at} relative />
              {original.last_used_address ? ` from ${original.last_used_address}` : ""}
            </span>
          ),
      },
      {
        id: "expires",
        header: "Expires",
        size: 110,
        meta: { hideBelow: 800 },
        cell: ({ row: { original } }) =>
          original.expires_at ? (
            <Time value={original.expires_at} parts="day" />
          ) : (
            <span className="text-ink-3">never</span>
          ),
      },
      {
        id: "receipts",
        header: () => <span className="sr-only">Receipts</span>,
        size: 76,
        cell: ({ row }) => (
          <Link
            href={`/sources/receipts?token=${row.original.id}&from=-90d`}
            prefetch={false}
            className="text-accent-ink hover:underline"
          >
            Receipts
          </Link>
        ),
      },
      {
        id: "actions",
        header: () => <span className="sr-only">Actions</span>,
        size: 48,
        cell: ({ row: { original } }) =>
          original.revoked_at === null ? (
            <Menu
              align="end"
              items={[
                { label: "Rotate", onSelect: () => setAsking({ what: "rotate", token: original }) },
                { label: "Revoke", danger: true, onSelect: () => setAsking({ what: "revoke", token: original }) },
              ]}
            >
              <IconButton small label={`Actions on ${original.name}`}>
                <Ellipsis size={14} aria-hidden />
              </IconButton>
            </Menu>
          ) : null,
      },
    ],
    [now],
  );
  if (!may)
    return (
      <SourcesFrame>
        <Empty title="Tokens are for admins">Somebody with the role admin or owner sees and makes ingest tokens.</Empty>
      </SourcesFrame>
    );
  return (
    <SourcesFrame>
      <FilterBar className="shrink-0">
        <ChoiceFilter
          name="state"
          label="State"
          single
          defaults={["active"]}
          options={[
            { value: "active", label: "Active" },
            { value: "expired", label: "Expired" },
            { value: "revoked", label: "Revoked" },
          ]}
        />
      </FilterBar>
      <div className="min-h-0 flex-1">
        {query.isError && query.data === undefined ? (
          <Failure error={query.error} what="The tokens" onRetry={() => void query.refetch()} />
        ) : (
          <DataTable
            label="Ingest tokens"
            name="ingest-tokens"
            rows={rows}
            columns={columns}
            rowId={(row) => row.id}
            loading={query.isPending}
            empty={
              <Empty
                title={shown === null ? "There is no ingest token" : `No ingest token is ${shown}`}
                action={
                  <Link href="/sources/add" className={buttonClass("primary")}>
                    Add a source
                  </Link>
                }
              >
                A token says whose records those are that a client sends. Each client should have its own.
              </Empty>
            }
          />
        )}
      </div>
      <Confirm
        open={asking?.what === "revoke"}
        onOpenChange={() => setAsking(null)}
        title={`Revoke ${asking?.token.name ?? "the token"}?`}
        verb="Revoke"
        danger
        busy={revoke.isPending}
        onConfirm={() => asking && revoke.mutate(asking.token)}
      >
        Clients that send with it are refused within seconds, for good. What they sent stays. To let them send again,
        make a new token.
      </Confirm>
      <Confirm
        open={asking?.what === "rotate"}
        onOpenChange={() => setAsking(null)}
        title={`Rotate ${asking?.token.name ?? "the token"}?`}
        verb="Rotate"
        busy={rotate.isPending}
        onConfirm={() => asking && rotate.mutate(asking.token)}
      >
        The token gets a new text, and the old one opens nothing any more: clients are refused until they have the new
        one. Most clients keep their records and try again.
      </Confirm>
      <ShownOnce
        open={fresh !== null}
        title={`New text of ${fresh?.name ?? ""}`}
        text={fresh?.token ?? ""}
        onClose={() => setFresh(null)}
      >
        Put it in place of the old one in each client that sends with it.
      </ShownOnce>
    </SourcesFrame>
  );
}
