"use client";

import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useMemo } from "react";

import { type Schema, api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { ChoiceFilter, ClearFilters, FilterBar, FixedFilter, type Option } from "@/components/data/filters";
import { usePeople } from "@/components/data/person";
import { SidePanel } from "@/components/data/side-panel";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { buttonClass } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { usePages } from "@/lib/pages";
import { Actor, Target } from "./audit-actor";
import { AuditDetail } from "./audit-detail";
import { AuditVerdict } from "./audit-verdict";
import { ACTIONS, actionText, detailText } from "./audit-text";
import { BetweenFilter } from "./between-filter";

export type Entry = Schema<"Entry">;

const FILTERS = ["actor", "action", "target", "from", "to"] as const;

/** Who did what: the newest first, filtered in the address, verified against the chain of hashes. */
export function AuditLog() {
  const address = useAddress();
  const { people } = usePeople();
  const tokens = useQuery({ queryKey: ["tokens"], queryFn: () => data(api.GET("/api/v1/tokens")) });
  const filters = {
    actor: address.get("actor") || undefined,
    action: address.get("action") || undefined,
    target: address.get("target") || undefined,
    first_at: address.get("from") || undefined,
    before: address.get("to") || undefined,
  };
  const list = usePages<Entry>(["audit", filters], (cursor) =>
    data(api.GET("/api/v1/audit", { params: { query: { ...filters, cursor, limit: 100 } } })),
  );
  const actors: Option[] = useMemo(
    () => [
      ...people.map((person) => ({ value: `user:${person.user_id}`, label: person.name, hint: person.email })),
      { value: "system", label: "The platform itself" },
      ...(tokens.data?.items ?? []).map((token) => ({
        value: `token:${token.id}`,
        label: `Token ${token.name}`,
        hint: token.prefix,
      })),
    ],
    [people, tokens.data],
  );
  const open = Number(address.get("open"));
  const opened = list.rows.find((entry) => entry.seq === open);

  const columns: Column<Entry>[] = [
    { id: "at", header: "Time", size: 150, cell: ({ row }) => <Time value={row.original.at} /> },
    {
      id: "actor",
      header: "Who",
      size: 180,
      meta: { hideBelow: 500 },
      cell: ({ row }) => <Actor actor={row.original.actor} tokens={tokens.data?.items} />,
    },
    {
      id: "action",
      header: "Did",
      size: 220,
      cell: ({ row }) => (
        <span className="truncate" title={row.original.action}>
          {actionText(row.original.action)}
        </span>
      ),
    },
    {
      id: "target",
      header: "To",
      size: 220,
      meta: { hideBelow: 700 },
      cell: ({ row }) => <Target entry={row.original} tokens={tokens.data?.items} />,
    },
    {
      id: "details",
      header: "Details",
      size: 200,
      meta: { grow: true, hideBelow: 900 },
      cell: ({ row }) => <span className="truncate text-ink-2">{detailText(row.original.details)}</span>,
    },
    {
      id: "address",
      header: "From",
      size: 130,
      meta: { hideBelow: 1100 },
      cell: ({ row }) => <span className="font-mono text-sm text-ink-2">{row.original.address ?? ""}</span>,
    },
  ];

  return (
    <>
      <AuditVerdict
        actions={
          <a href="/api/v1/audit/export" download className={buttonClass("secondary", true)}>
            <Download size={13} aria-hidden />
            Export all
          </a>
        }
      />
      <FilterBar className="py-1.5">
        <ChoiceFilter name="actor" label="Who" options={actors} single empty="Loading …" />
        <ChoiceFilter name="action" label="Did" options={ACTIONS} single />
        <FixedFilter name="target" label="To" />
        <BetweenFilter />
        <ClearFilters names={FILTERS} />
      </FilterBar>
      {list.isError && list.rows.length > 0 ? (
        <Notice className="m-2">Not all could be read. What is shown is from before.</Notice>
      ) : null}
      <div className="flex min-h-0 flex-1">
        {list.isError && list.rows.length === 0 ? (
          <Failure error={list.error} what="The audit log" onRetry={() => void list.refetch()} className="flex-1" />
        ) : (
          <DataTable
            label="Audit log"
            name="audit"
            className="min-w-0 flex-1"
            rows={list.rows}
            columns={columns}
            rowId={(entry) => String(entry.seq)}
            onOpen={(entry) => address.push({ open: String(entry.seq) })}
            openId={opened ? String(opened.seq) : null}
            onEnd={list.next}
            more={list.more}
            loadingMore={list.loadingMore}
            loading={list.loading}
            empty={<Empty title="Nothing was done that fits">Take a filter away to see more.</Empty>}
          />
        )}
        {opened ? (
          <SidePanel title={actionText(opened.action)} onClose={() => address.push({ open: null })}>
            <AuditDetail entry={opened} tokens={tokens.data?.items} />
          </SidePanel>
        ) : null}
      </div>
    </>
  );
}
