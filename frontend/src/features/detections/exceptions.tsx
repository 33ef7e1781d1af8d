"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useMemo, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { ChoiceFilter, ClearFilters, FilterBar, FixedFilter, TextFilter } from "@/components/data/filters";
import { PersonName } from "@/components/data/person";
import { SidePanel } from "@/components/data/side-panel";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Time, useNow } from "@/components/data/time";
import { PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button, buttonClass } from "@/components/ui/button";
import { useRevokeFilter } from "@/features/findings/filter-dialog";
import { useAddress } from "@/lib/address";
import { cn } from "@/lib/cn";
import { counted, number, words } from "@/lib/format";
import { type ExceptionState, daysLeft, exceptionState } from "./exception-state";
import { ruleHref, useReadinessOf } from "./rule-api";
import { useFilters } from "./rule/rule-exceptions";
import { DetectionTabs } from "./tabs";

const FilterDialog = dynamic(() => import("@/features/findings/filter-dialog").then((part) => part.FilterDialog), {
  ssr: false,
});

type Filter = Schema<"RuleFilter">;
const FILTERS = ["text", "state", "rule"];
const STATES: readonly ExceptionState[] = ["active", "expired", "ended"];
const DAY_MS = 86_400_000;

/** Which findings are withheld, why, by whom, until when: the filters on rules. */
export function Exceptions() {
  const { get, all, push } = useAddress();
  const mayEdit = useMay("analyst");
  const now = useNow()?.getTime() ?? 0;
  const filters = useFilters();
  const revoke = useRevokeFilter();
  const renew = useRenew();
  const [editing, setEditing] = useState<Filter | null>(null);
  const everything = useMemo(() => filters.data?.items ?? [], [filters.data]);
  const ruleIds = useMemo(() => [...new Set(everything.flatMap((each) => each.rule_ids))].sort(), [everything]);
  const rules = useReadinessOf(ruleIds);
  const text = get("text").toLowerCase();
  const states = all("state");
  const rule = get("rule");
  const rows = everything.filter(
    (each) =>
      (states.length === 0 || states.includes(exceptionState(each, now))) &&
      (rule === "" || each.rule_ids.includes(rule)) &&
      (text === "" || `${each.name} ${each.reason}`.toLowerCase().includes(text)),
  );
  const ruleTitle = (id: string) => rules.of.get(id)?.title ?? id;
  const columns = exceptionColumns(now, ruleTitle);
  const open = everything.find((each) => each.id === get("open"));

  return (
    <>
      <PageHead title="Detections" />
      <DetectionTabs />
      <FilterBar>
        <TextFilter label="Search name or reason" />
        <ChoiceFilter
          name="state"
          label="State"
          options={STATES.map((value) => ({
            value,
            label: words(value),
            count: everything.filter((each) => exceptionState(each, now) === value).length,
          }))}
        />
        <FixedFilter name="rule" label="Rule" show={ruleTitle} />
        <ClearFilters names={FILTERS} />
      </FilterBar>
      {filters.isError && everything.length > 0 ? (
        <Notice className="m-2">The list could not be refreshed; what is shown is from before.</Notice>
      ) : null}
      <div className="flex min-h-0 flex-1">
        <div className="min-w-0 flex-1">
          {filters.isError && filters.data === undefined ? (
            <Failure error={filters.error} what="The exceptions" onRetry={() => void filters.refetch()} />
          ) : (
            <DataTable
              label="Exceptions"
              name="exceptions"
              rows={rows}
              columns={columns}
              rowId={(row) => row.id}
              openId={open?.id ?? null}
              onOpen={(row) => push({ open: row.id })}
              loading={filters.isPending}
              empty={
                everything.length > 0 ? (
                  <Empty title="No exception is like this">Take some of the filters away.</Empty>
                ) : (
                  <Empty
                    title="No exceptions yet"
                    action={
                      <Link href="/findings" className={buttonClass()}>
                        Show findings
                      </Link>
                    }
                  >
                    An exception withholds the findings of a rule that are known to be harmless, until it expires. Make
                    one from a finding or on a rule&rsquo;s page: it is tried on past findings first.
                  </Empty>
                )
              }
            />
          )}
        </div>
        {open ? (
          <SidePanel title={open.name} onClose={() => push({ open: null })}>
            <Detail filter={open} now={now} ruleTitle={ruleTitle} />
            {mayEdit ? (
              <div className="flex flex-wrap gap-2 px-4 pb-4">
                {exceptionState(open, now) === "ended" ? (
                  <Button busy={renew.isPending} onClick={() => renew.mutate({ filter: open, days: 30 })}>
                    Make it again for 30 days
                  </Button>
                ) : (
                  <>
                    <Button look="primary" onClick={() => setEditing(open)}>
                      {exceptionState(open, now) === "expired" ? "Change or extend" : "Change"}
                    </Button>
                    <Button look="danger" busy={revoke.isPending} onClick={() => revoke.mutate(open.id)}>
                      End it now
                    </Button>
                  </>
                )}
              </div>
            ) : null}
          </SidePanel>
        ) : null}
      </div>
      {editing ? <FilterDialog filter={editing} title={editing.name} onClose={() => setEditing(null)} /> : null}
    </>
  );
}

const STATE_LOOK: Record<ExceptionState, string> = {
  active: "text-good-ink",
  expired: "text-warn-ink",
  ended: "text-ink-3",
};

function exceptionColumns(now: number, ruleTitle: (id: string) => string): Column<Filter>[] {
  return [
    {
      id: "state",
      header: "State",
      size: 76,
      cell: ({ row }) => {
        const state = exceptionState(row.original, now);
        return <span className={STATE_LOOK[state]}>{words(state)}</span>;
      },
    },
    {
      id: "name",
      header: "Exception",
      size: 220,
      meta: { grow: true },
      cell: ({ row }) => (
        <span className="truncate" title={row.original.name}>
          {row.original.name}
        </span>
      ),
    },
    {
      id: "rules",
      header: "Rule",
      size: 220,
      meta: { hideBelow: 760 },
      cell: ({ row }) => {
        const [first, ...others] = row.original.rule_ids;
        return first === undefined ? null : (
          <span className="flex min-w-0 gap-1">
            <Link href={ruleHref(first)} prefetch={false} className="truncate hover:underline" title={ruleTitle(first)}>
              {ruleTitle(first)}
            </Link>
            {others.length > 0 ? <span className="text-ink-3">+{others.length}</span> : null}
          </span>
        );
      },
    },
    {
      id: "reason",
      header: "Reason",
      size: 220,
      meta: { hideBelow: 980 },
      cell: ({ row }) => (
        <span className="truncate text-ink-2" title={row.original.reason}>
          {row.original.reason}
        </span>
      ),
    },
    {
      id: "owner",
      header: "Owner",
      size: 120,
      meta: { hideBelow: 1100 },
      cell: ({ row }) =>
        row.original.owner_id ? (
          <PersonName id={row.original.owner_id} />
        ) : (
          <span className="text-ink-3">a machine</span>
        ),
    },
    {
      id: "hits",
      header: "Withheld",
      size: 76,
      meta: { align: "right" },
      cell: ({ row }) => number(row.original.hits),
    },
    {
      id: "last_hit_at",
      header: "Last",
      size: 84,
      meta: { hideBelow: 860 },
      cell: ({ row }) =>
        row.original.last_hit_at ? (
          <Time value={row.original.last_hit_at} relative />
        ) : (
          <span className="text-ink-3">none</span>
        ),
    },
    {
      id: "expires_at",
      header: "Expires",
      size: 120,
      meta: { hideBelow: 560 },
      cell: ({ row }) => <Ends filter={row.original} now={now} />,
    },
  ];
}

const SOON_DAYS = 7;

function Ends({ filter, now }: { filter: Filter; now: number }) {
  if (filter.expires_at === null) return <span className="text-warn-ink">never</span>;
  const left = daysLeft(filter, now) ?? 0;
  const soon = exceptionState(filter, now) === "active" && left <= SOON_DAYS;
  return (
    <span className={cn(soon && "text-warn-ink")}>
      <Time value={filter.expires_at} parts="day" />
    </span>
  );
}

function Detail({ filter, now, ruleTitle }: { filter: Filter; now: number; ruleTitle: (id: string) => string }) {
  const state = exceptionState(filter, now);
  return (
    <div className="flex flex-col gap-4 p-4">
      <dl className="grid grid-cols-[88px_minmax(0,1fr)] gap-x-3 gap-y-1.5">
        <dt className="text-ink-2">State</dt>
        <dd className={STATE_LOOK[state]}>
          {words(state)}
          {filter.revoked_at ? (
            <>
              {" "}
              <Time value={filter.revoked_at} parts="minute" />
            </>
          ) : null}
        </dd>
        <dt className="text-ink-2">Reason</dt>
        <dd className="break-words">{filter.reason}</dd>
        <dt className="text-ink-2">Rules</dt>
        <dd>
          {filter.rule_ids.map((id) => (
            <Link key={id} href={ruleHref(id)} className="block text-accent-ink hover:underline">
              {ruleTitle(id)}
            </Link>
          ))}
        </dd>
        <dt className="text-ink-2">Owner</dt>
        <dd>{filter.owner_id ? <PersonName id={filter.owner_id} /> : "a machine"}</dd>
        <dt className="text-ink-2">Made</dt>
        <dd>
          <Time value={filter.created_at} parts="minute" />
        </dd>
        <dt className="text-ink-2">Expires</dt>
        <dd>{filter.expires_at ? <Time value={filter.expires_at} parts="minute" /> : "it does not end"}</dd>
        <dt className="text-ink-2">Withheld</dt>
        <dd>
          {counted(filter.hits, "finding")}
          {filter.last_hit_at ? (
            <>
              , the last <Time value={filter.last_hit_at} relative />
            </>
          ) : null}
        </dd>
      </dl>
      <pre
        tabIndex={0}
        aria-label="The filter's text"
        className="overflow-x-auto rounded-md border border-line bg-sunken p-2 font-mono text-[12px]"
      >
        {filter.text.trimEnd()}
      </pre>
    </div>
  );
}

/** Makes an ended filter again: what was ended stays as it was, for the findings that name it. */
function useRenew() {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  return useMutation({
    mutationFn: ({ filter, days }: { filter: Filter; days: number }) =>
      data(
        api.POST("/api/v1/rule-filters", {
          body: {
            name: filter.name,
            rule_ids: filter.rule_ids,
            text: filter.text,
            reason: filter.reason,
            expires_at: new Date(Date.now() + days * DAY_MS).toISOString(),
          },
        }),
      ),
    onSuccess: (made) => toast({ text: `Filter ${made.name} is in force again, for 30 days` }),
    onError: failed("The filter was not made"),
    onSettled: () => {
      for (const noun of ["rule-filters", "rules"]) void client.invalidateQueries({ queryKey: [noun] });
    },
  });
}
