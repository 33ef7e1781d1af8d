"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useMemo, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { PersonName } from "@/components/data/person";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { mayAs, useSession } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Checkbox, Select } from "@/components/ui/form";
import { Confirm } from "@/components/ui/overlay";
import { words } from "@/lib/format";
import { NewToken } from "./new-token";
import { ShownOnce } from "./shown-once";
import { type Token, tokenState } from "./token-state";

type Asked = { token: Token; what: "rotate" | "revoke" };

const DOORS: Record<string, string> = {
  native: "native",
  hec: "Splunk HEC",
  bulk: "Elasticsearch bulk",
  otlp: "OTLP",
  syslog: "syslog",
  file: "files",
};

/** Tokens of machines: api tokens are made here, ingest tokens beside the client that they are for. */
export function TokensSettings() {
  const session = useSession();
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const [kind, setKind] = useState<"" | "api" | "ingest">("");
  const [ended, setEnded] = useState(false);
  const [making, setMaking] = useState(false);
  const [shown, setShown] = useState<Schema<"TokenWithText"> | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const query = useQuery({ queryKey: ["tokens"], queryFn: () => data(api.GET("/api/v1/tokens")) });
  const again = () => client.invalidateQueries({ queryKey: ["tokens"] });

  const rotate = useMutation({
    mutationFn: (token: Token) =>
      data(api.POST("/api/v1/tokens/{token_id}/rotate", { params: { path: { token_id: token.id } } })),
    onSuccess: (rotated) => {
      setAsked(null);
      setShown(rotated);
      return again();
    },
    onError: failed("The token could not be rotated"),
  });
  const revoke = useMutation({
    mutationFn: (token: Token) =>
      data(api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: token.id } } })),
    onSuccess: (_, token) => {
      setAsked(null);
      toast({ text: `Token ${token.name} revoked` });
      return again();
    },
    onError: failed("The token could not be revoked"),
  });

  const all = query.data?.items;
  const rows = useMemo(
    () =>
      (all ?? []).filter(
        (token) => (kind === "" || token.kind === kind) && (ended || tokenState(token, new Date()) === "open"),
      ),
    [all, kind, ended],
  );
  const hidden = (all ?? []).filter((token) => kind === "" || token.kind === kind).length - rows.length;

  const columns: Column<Token>[] = [
    {
      id: "name",
      header: "Name",
      size: 180,
      meta: { grow: true },
      cell: ({ row }) => <span className="truncate font-medium">{row.original.name}</span>,
    },
    { id: "kind", header: "Kind", size: 70, meta: { hideBelow: 460 }, cell: ({ row }) => words(row.original.kind) },
    {
      id: "prefix",
      header: "Begins with",
      size: 130,
      meta: { hideBelow: 700 },
      cell: ({ row }) => <code className="font-mono text-sm">{row.original.prefix}</code>,
    },
    {
      id: "may",
      header: "May",
      size: 170,
      meta: { hideBelow: 900 },
      cell: ({ row }) => <span className="truncate">{mayText(row.original)}</span>,
    },
    {
      id: "used",
      header: "Last used",
      size: 150,
      meta: { hideBelow: 560 },
      cell: ({ row }) =>
        row.original.last_used_at === null ? (
          <span className="text-ink-3">Never</span>
        ) : (
          <span className="truncate">
            <Time value={row.original.last_used_at} relative />
            {row.original.last_used_address ? (
              <span className="font-mono text-ink-3"> {row.original.last_used_address}</span>
            ) : null}
          </span>
        ),
    },
    {
      id: "made",
      header: "Made",
      size: 200,
      meta: { hideBelow: 1100 },
      cell: ({ row }) => (
        <span className="flex min-w-0 items-center gap-2">
          <Time value={row.original.created_at} parts="day" />
          {row.original.created_by ? <PersonName id={row.original.created_by} /> : null}
        </span>
      ),
    },
    {
      id: "state",
      header: "Ends",
      size: 120,
      meta: { hideBelow: 460 },
      cell: ({ row }) => <End token={row.original} />,
    },
    {
      id: "actions",
      header: () => <span className="sr-only">Actions</span>,
      size: 150,
      meta: { align: "right" },
      cell: ({ row }) => {
        const token = row.original;
        if (tokenState(token, new Date()) === "revoked" || (token.role !== null && !mayAs(session.role, token.role)))
          return null;
        return (
          <span className="flex gap-1">
            <Button small onClick={() => setAsked({ token, what: "rotate" })} aria-label={`Rotate ${token.name}`}>
              Rotate
            </Button>
            <Button
              small
              look="danger"
              onClick={() => setAsked({ token, what: "revoke" })}
              aria-label={`Revoke ${token.name}`}
            >
              Revoke
            </Button>
          </span>
        );
      },
    },
  ];

  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1.5">
        <h2 className="sr-only">Tokens</h2>
        <Select
          aria-label="Kind of token"
          className="w-36"
          value={kind}
          onChange={(event) => setKind(event.target.value as typeof kind)}
        >
          <option value="">All kinds</option>
          <option value="api">Api tokens</option>
          <option value="ingest">Ingest tokens</option>
        </Select>
        <Checkbox
          label={hidden > 0 && !ended ? `Ended ones too (${hidden})` : "Ended ones too"}
          checked={ended}
          onChange={(event) => setEnded(event.target.checked)}
        />
        <Button look="primary" className="ml-auto" onClick={() => setMaking(true)}>
          <Plus size={14} aria-hidden />
          New api token
        </Button>
      </div>
      {query.isError && all !== undefined ? (
        <Notice className="m-2">The tokens could not be refreshed. What is shown is from before.</Notice>
      ) : null}
      {query.isError && all === undefined ? (
        <Failure error={query.error} what="The tokens" onRetry={() => void query.refetch()} />
      ) : (
        <DataTable
          label="Tokens"
          name="tokens"
          rows={rows}
          columns={columns}
          rowId={(token) => token.id}
          rowHeight={36}
          loading={query.isPending}
          empty={
            <Empty
              title={all?.length ? "No token is open that fits" : "No token yet"}
              action={<Button onClick={() => setMaking(true)}>New api token</Button>}
            >
              Api tokens let programs use the api with a role. Ingest tokens let clients send records: they are made
              under Sources, with the set-up of the client.
            </Empty>
          }
        />
      )}
      {making ? (
        <NewToken
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            setShown(made);
            void again();
          }}
        />
      ) : null}
      {shown ? (
        <ShownOnce open title={`Token ${shown.name}`} text={shown.token} onClose={() => setShown(null)}>
          {shown.kind === "api" ? (
            <>
              Send it as <code className="font-mono">Authorization: Bearer ...</code>
            </>
          ) : (
            "Put it in place of the old one in every client that sends with it: what they send with the old one is refused."
          )}
        </ShownOnce>
      ) : null}
      {asked ? (
        <Confirm
          open
          onOpenChange={() => setAsked(null)}
          title={`${words(asked.what)} ${asked.token.name}`}
          verb={words(asked.what)}
          danger
          busy={rotate.isPending || revoke.isPending}
          onConfirm={() => (asked.what === "rotate" ? rotate : revoke).mutate(asked.token)}
        >
          {asked.what === "rotate"
            ? "The token gets a new text, shown once. The old text opens nothing any more: the api refuses it at once, the doors within five seconds. This cannot be undone."
            : "The token opens nothing any more: the api refuses it at once, the doors within five seconds. Clients that send with it keep or lose what they have, as they are set up. This cannot be undone; make another token in its place."}
        </Confirm>
      ) : null}
    </>
  );
}

function mayText(token: Token): string {
  if (token.kind === "api") return `Use the api as ${token.role ?? "nobody"}`;
  const doors =
    token.scopes.length === 0
      ? "Send by all doors"
      : `Send by ${token.scopes.map((each) => DOORS[each] ?? each).join(", ")}`;
  return token.source === null ? doors : `${doors}, as ${token.source}`;
}

function End({ token }: { token: Token }) {
  const state = tokenState(token, new Date());
  if (state === "revoked")
    return (
      <span className="text-ink-3">
        Revoked <Time value={token.revoked_at ?? token.created_at} relative />
      </span>
    );
  if (token.expires_at === null) return <span className="text-ink-3">Never</span>;
  return (
    <span className={state === "expired" ? "text-danger-ink" : undefined}>
      {state === "expired" ? "Expired " : ""}
      <Time value={token.expires_at} relative />
    </span>
  );
}
