"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo } from "react";

import { type Schema, api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { ChoiceFilter, ClearFilters, FilterBar, FixedFilter, TextFilter } from "@/components/data/filters";
import { SeverityMark } from "@/components/data/severity";
import { SidePanel } from "@/components/data/side-panel";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { PageHead } from "@/components/shell/page";
import { useAddress } from "@/lib/address";
import { usePages } from "@/lib/pages";
import { TACTICS } from "@/lib/attack";
import { number } from "@/lib/format";
import { READINESS, READINESS_STATES, ReadinessMark, ReadinessState, type ReadinessStateName } from "./readiness-state";
import { ruleHref } from "./rule-api";
import { ReadinessDetail } from "./rule/rule-readiness";
import { DetectionTabs } from "./tabs";

type Row = Schema<"RuleReadiness">;
const FILTERS = ["text", "state", "enabled", "tactic", "technique", "log_source"];

const columns: Column<Row>[] = [
  { id: "state", header: "State", size: 124, cell: ({ row }) => <ReadinessState state={row.original.state} /> },
  {
    id: "level",
    header: "Level",
    size: 56,
    meta: { hideBelow: 560 },
    cell: ({ row }) => <SeverityMark severity={row.original.level} />,
  },
  {
    id: "title",
    header: "Rule",
    size: 260,
    cell: ({ row }) => (
      <span className={row.original.enabled ? "truncate" : "truncate text-ink-3"} title={row.original.title}>
        {row.original.title}
        {row.original.enabled ? "" : " (off)"}
      </span>
    ),
  },
  {
    id: "reason",
    header: "Why",
    size: 300,
    meta: { grow: true, hideBelow: 700 },
    cell: ({ row }) => (
      <span className="truncate text-ink-2" title={row.original.reason}>
        {row.original.reason}
      </span>
    ),
  },
  {
    id: "fields",
    header: "Fields seen",
    size: 90,
    meta: { align: "right", hideBelow: 1000 },
    cell: ({ row }) =>
      row.original.fields.length === 0 ? null : (
        <span
          title={
            row.original.missing_fields.length === 0
              ? "All of its fields were seen"
              : `Not seen: ${row.original.missing_fields.join(", ")}`
          }
        >
          {row.original.populated_fields.length} of {row.original.fields.length}
        </span>
      ),
  },
  {
    id: "sources",
    header: "Comes from",
    size: 160,
    meta: { hideBelow: 1100 },
    cell: ({ row }) =>
      row.original.sources.length === 0 ? (
        <span className="text-ink-3">nothing received</span>
      ) : (
        <span className="truncate text-ink-2" title={row.original.sources.join(", ")}>
          {row.original.sources.join(", ")}
        </span>
      ),
  },
  {
    id: "last_event_at",
    header: "Last event",
    size: 110,
    meta: { hideBelow: 860 },
    cell: ({ row }) =>
      row.original.last_event_at ? (
        <Time value={row.original.last_event_at} relative />
      ) : (
        <span className="text-ink-3" title="Of the kind that it looks for, in 7 days">
          none
        </span>
      ),
  },
];

/** Which rules can fire here, and why the others cannot. */
export function Readiness() {
  const { get, all, push } = useAddress();
  const filters = useMemo(() => {
    const states = all("state") as ReadinessStateName[];
    return {
      text: get("text") || undefined,
      state: states.length > 0 ? states : undefined,
      enabled: get("enabled") === "" ? undefined : get("enabled") === "true",
      tactic: get("tactic") || undefined,
      technique: get("technique") || undefined,
      log_source: get("log_source") || undefined,
    };
  }, [get, all]);
  const list = usePages(["rule-readiness", "list", filters], (cursor) =>
    data(api.GET("/api/v1/rule-readiness", { params: { query: { ...filters, limit: 100, cursor } } })),
  );
  const summary = useQuery({
    queryKey: ["rule-readiness", "summary"],
    queryFn: () => data(api.GET("/api/v1/rule-readiness/summary")),
  });
  const openId = get("open");
  const open = list.rows.find((row) => row.rule_id === openId);
  return (
    <>
      <PageHead
        title="Detections"
        beside={
          summary.data ? (
            <span className="text-sm text-ink-2">
              {number(summary.data.states.ready)} of{" "}
              {number(Object.values(summary.data.states).reduce((sum, each) => sum + each, 0))} rules that are on can
              fire here
            </span>
          ) : null
        }
      />
      <DetectionTabs />
      <FilterBar>
        <TextFilter label="Search title or id" />
        <ChoiceFilter
          name="state"
          label="State"
          options={READINESS_STATES.map((value) => ({
            value,
            label: READINESS[value].label,
            mark: <ReadinessMark state={value} />,
          }))}
        />
        <ChoiceFilter
          name="enabled"
          label="Switch"
          single
          options={[
            { value: "true", label: "On" },
            { value: "false", label: "Off" },
          ]}
        />
        <ChoiceFilter
          name="tactic"
          label="Tactic"
          single
          options={TACTICS.map((tactic) => ({ value: tactic.id, label: tactic.name, hint: tactic.id }))}
        />
        <TextFilter second name="log_source" label="Log source" className="w-36" />
        <FixedFilter name="technique" label="Technique" />
        <ClearFilters names={FILTERS} />
      </FilterBar>
      {list.isError && list.rows.length > 0 ? (
        <Notice className="m-2">The list could not be refreshed; what is shown is from before.</Notice>
      ) : null}
      <div className="flex min-h-0 flex-1">
        <div className="min-w-0 flex-1">
          {list.isError && list.rows.length === 0 ? (
            <Failure error={list.error} what="The readiness of rules" onRetry={() => void list.refetch()} />
          ) : (
            <DataTable
              label="Readiness of rules"
              name="readiness"
              rows={list.rows}
              columns={columns}
              rowId={(row) => row.rule_id}
              openId={openId || null}
              onOpen={(row) => push({ open: row.rule_id })}
              loading={list.loading}
              more={list.more}
              loadingMore={list.loadingMore}
              onEnd={list.next}
              empty={<Empty title="No rule is like this">Take some of the filters away.</Empty>}
            />
          )}
        </div>
        {open ? (
          <SidePanel title={open.title} pageHref={ruleHref(open.rule_id)} onClose={() => push({ open: null })}>
            <div className="p-4">
              <ReadinessDetail readiness={open} />
              <p className="mt-4">
                <Link href={ruleHref(open.rule_id)} className="text-accent-ink hover:underline">
                  Open the rule
                </Link>
                {open.state === "no_source" || open.state === "silent" ? (
                  <>
                    {" · "}
                    <Link href="/sources" className="text-accent-ink hover:underline">
                      Look at the sources
                    </Link>
                  </>
                ) : null}
              </p>
            </div>
          </SidePanel>
        ) : null}
      </div>
    </>
  );
}
