"use client";

import { Plus } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useMemo } from "react";

import { api, data } from "@/api/client";
import { DataTable } from "@/components/data/data-table";
import { ChoiceFilter, ClearFilters, FilterBar, FixedFilter, TextFilter } from "@/components/data/filters";
import { SeverityMark } from "@/components/data/severity";
import { Empty, Failure, Notice } from "@/components/data/states";
import { PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { Button, buttonClass } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { TACTICS } from "@/lib/attack";
import { words } from "@/lib/format";
import { usePages } from "@/lib/pages";
import { SEVERITIES, type Severity } from "@/lib/severity";
import { READINESS, READINESS_STATES, ReadinessMark, type ReadinessStateName } from "./readiness-state";
import { ruleHref, useReadinessOf, useSetRule } from "./rule-api";
import { KINDS, type Rule, ruleColumns } from "./rule-columns";
import { DetectionTabs } from "./tabs";

const FILTERS = [
  "text",
  "level",
  "readiness",
  "kind",
  "origin",
  "enabled",
  "found",
  "status",
  "tactic",
  "technique",
  "log_source",
] as const;
const STATUSES = ["stable", "test", "experimental", "deprecated", "unsupported"] as const;

const levelOptions = SEVERITIES.map((value) => ({
  value,
  label: words(value),
  mark: <SeverityMark severity={value} />,
}));
const readinessOptions = READINESS_STATES.map((value) => ({
  value,
  label: READINESS[value].label,
  mark: <ReadinessMark state={value} />,
}));
const tacticOptions = TACTICS.map((tactic) => ({ value: tactic.id, label: tactic.name, hint: tactic.id }));

/** What the address asks for, as the api takes it. */
function useRuleFilters(kind: Rule["kind"] | undefined) {
  const { get, all } = useAddress();
  return useMemo(() => {
    const yes = (name: string) => (get(name) === "" ? undefined : get(name) === "true");
    const some = <T extends string>(name: string) => (all(name).length > 0 ? (all(name) as T[]) : undefined);
    return {
      text: get("text") || undefined,
      level: some<Severity>("level"),
      readiness: some<ReadinessStateName>("readiness"),
      kind: kind ? [kind] : some<Rule["kind"]>("kind"),
      origin: (get("origin") || undefined) as Rule["origin"] | undefined,
      status: (get("status") || undefined) as (typeof STATUSES)[number] | undefined,
      enabled: yes("enabled"),
      found: yes("found"),
      tactic: get("tactic") || undefined,
      technique: get("technique") || undefined,
      log_source: get("log_source") || undefined,
    };
  }, [get, all, kind]);
}

/** All rules, the platform's and one's own. `kind` holds the list to one kind. */
export function Rules({ kind }: { kind?: Rule["kind"] }) {
  const { push } = useAddress();
  const router = useRouter();
  const mayEdit = useMay("analyst");
  const set = useSetRule();
  const filters = useRuleFilters(kind);
  const list = usePages(["rules", filters], (cursor) =>
    data(api.GET("/api/v1/rules", { params: { query: { ...filters, limit: 100, cursor } } })),
  );
  const ids = useMemo(() => list.rows.map((rule) => rule.rule_id), [list.rows]);
  const readiness = useReadinessOf(ids);
  const columns = useMemo(() => ruleColumns(readiness, kind === "sigma_correlation"), [readiness, kind]);

  return (
    <>
      <PageHead
        title="Detections"
        actions={
          mayEdit ? (
            <Link href="/detections/rules/new" className={buttonClass("primary")}>
              <Plus size={14} aria-hidden />
              Write a rule
            </Link>
          ) : null
        }
      />
      <DetectionTabs />
      <FilterBar>
        <TextFilter label="Search title or id" />
        <ChoiceFilter name="level" label="Level" options={levelOptions} />
        <ChoiceFilter name="readiness" label="Readiness" options={readinessOptions} />
        {kind ? null : (
          <ChoiceFilter
            name="kind"
            label="Kind"
            options={Object.entries(KINDS).map(([value, label]) => ({ value, label }))}
          />
        )}
        <ChoiceFilter
          name="origin"
          label="From"
          single
          options={[
            { value: "platform", label: "Platform" },
            { value: "own", label: "Own" },
          ]}
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
          name="found"
          label="Findings"
          single
          options={[
            { value: "true", label: "Some in 30 days" },
            { value: "false", label: "None in 30 days" },
          ]}
        />
        <ChoiceFilter name="tactic" label="Tactic" single options={tacticOptions} />
        <ChoiceFilter
          name="status"
          label="Status"
          single
          options={STATUSES.map((value) => ({ value, label: words(value) }))}
        />
        <TextFilter second name="log_source" label="Log source" className="w-36" />
        <FixedFilter name="technique" label="Technique" />
        <ClearFilters names={FILTERS} />
      </FilterBar>
      {list.isError && list.rows.length > 0 ? (
        <Notice className="m-2">The list could not be refreshed; what is shown is from before.</Notice>
      ) : null}
      <div className="min-h-0 flex-1">
        {list.isError && list.rows.length === 0 ? (
          <Failure error={list.error} what="The rules" onRetry={() => void list.refetch()} />
        ) : (
          <DataTable
            label={kind === "sigma_correlation" ? "Correlation rules" : "Rules"}
            name={kind ? `rules-${kind}` : "rules"}
            rows={list.rows}
            columns={columns}
            rowId={(rule) => rule.rule_id}
            onOpen={(rule) => router.push(ruleHref(rule.rule_id))}
            rowKeys={mayEdit ? { t: (rule) => set.mutate({ rule, change: { enabled: !rule.enabled } }) } : {}}
            loading={list.loading}
            more={list.more}
            loadingMore={list.loadingMore}
            onEnd={list.next}
            empty={
              <Empty
                title="No rule is like this"
                action={
                  <Button onClick={() => push(Object.fromEntries(FILTERS.map((name) => [name, null])))}>
                    Clear filters
                  </Button>
                }
              />
            }
          />
        )}
      </div>
    </>
  );
}
