"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Plus, Trash2, Upload } from "lucide-react";
import Link from "next/link";
import { useMemo, useState } from "react";

import { api, data } from "@/api/client";
import { DataTable } from "@/components/data/data-table";
import { ChoiceFilter, ClearFilters, FilterBar, FixedFilter, TextFilter } from "@/components/data/filters";
import { SeverityMark } from "@/components/data/severity";
import { Empty, Failure, Notice } from "@/components/data/states";
import { PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/overlay";
import { useAddress } from "@/lib/address";
import { counted, number, words } from "@/lib/format";
import { usePages } from "@/lib/pages";
import { SEVERITIES, type Severity } from "@/lib/severity";
import { ruleHref } from "../rule-api";
import { DetectionTabs } from "../tabs";
import { AddIndicator, useRefreshIndicators } from "./add-dialog";
import { indicatorColumns } from "./columns";
import { ImportIndicators } from "./import-dialog";
import { IndicatorPanel } from "./indicator-panel";
import { type IndicatorType, typeOptions } from "./types";

const FILTERS = ["text", "type", "level", "enabled", "expired", "hit", "source"];
/** As many as one request removes. */
const MOST_REMOVED = 10_000;
type Removal = { ids: string[]; source?: undefined } | { source: string; ids?: undefined };

/** Values that the organization says are bad: looked for in every event. */
export function Indicators() {
  const { get, all, push } = useAddress();
  const mayEdit = useMay("analyst");
  const [shown, setShown] = useState<"add" | "import" | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [removal, setRemoval] = useState<Removal | null>(null);
  const filters = useMemo(() => {
    const yes = (name: string) => (get(name) === "" ? undefined : get(name) === "true");
    const some = <T extends string>(name: string) => (all(name).length > 0 ? (all(name) as T[]) : undefined);
    return {
      text: get("text") || undefined,
      type: some<IndicatorType>("type"),
      level: some<Severity>("level"),
      source: get("source") || undefined,
      enabled: yes("enabled"),
      expired: yes("expired"),
      hit: yes("hit"),
    };
  }, [get, all]);
  const list = usePages(["indicators", "list", filters], (cursor) =>
    data(api.GET("/api/v1/indicators", { params: { query: { ...filters, limit: 100, cursor } } })),
  );
  const filtered = FILTERS.some((name) => all(name).length > 0);
  const remove = useRemove(() => {
    setRemoval(null);
    setChosen(new Set());
    if (get("open") !== "") push({ open: null });
  });
  const source = get("source");
  const openId = get("open");

  return (
    <>
      <PageHead
        title="Detections"
        beside={<Summary />}
        actions={
          mayEdit ? (
            <>
              <Button onClick={() => setShown("import")}>
                <Upload size={14} aria-hidden />
                Import a list
              </Button>
              <Button look="primary" onClick={() => setShown("add")}>
                <Plus size={14} aria-hidden />
                Add an indicator
              </Button>
            </>
          ) : null
        }
      />
      <DetectionTabs />
      <FilterBar>
        <TextFilter label="Search value or title" />
        <ChoiceFilter name="type" label="Type" options={typeOptions} />
        <ChoiceFilter
          name="level"
          label="Level"
          options={SEVERITIES.map((value) => ({
            value,
            label: words(value),
            mark: <SeverityMark severity={value} />,
          }))}
        />
        <YesNo name="hit" label="Findings" yes="Some" no="None" />
        <YesNo name="expired" label="Expiry" yes="Expired" no="Not expired" />
        <YesNo name="enabled" label="Switch" yes="On" no="Off" />
        <FixedFilter name="source" label="Source" />
        <ClearFilters names={FILTERS} />
        {mayEdit && source !== "" ? (
          <Button small look="danger" onClick={() => setRemoval({ source })}>
            Remove all from this source
          </Button>
        ) : null}
        {mayEdit && chosen.size > 0 ? (
          <Button
            small
            look="danger"
            disabled={chosen.size > MOST_REMOVED}
            onClick={() => setRemoval({ ids: [...chosen] })}
          >
            <Trash2 size={13} aria-hidden />
            Remove {number(chosen.size)} chosen
          </Button>
        ) : null}
      </FilterBar>
      <FromEnvironment />
      {list.isError && list.rows.length > 0 ? (
        <Notice className="m-2">The list could not be refreshed; what is shown is from before.</Notice>
      ) : null}
      <div className="flex min-h-0 flex-1">
        <div className="min-w-0 flex-1">
          {list.isError && list.rows.length === 0 ? (
            <Failure error={list.error} what="The indicators" onRetry={() => void list.refetch()} />
          ) : (
            <DataTable
              label="Indicators"
              name="indicators"
              rows={list.rows}
              columns={indicatorColumns}
              rowId={(row) => row.indicator_id}
              openId={openId || null}
              onOpen={(row) => push({ open: row.indicator_id })}
              {...(mayEdit ? { chosen, onChoose: setChosen } : {})}
              loading={list.loading}
              more={list.more}
              loadingMore={list.loadingMore}
              onEnd={list.next}
              empty={
                filtered ? (
                  <Empty
                    title="No indicator is like this"
                    action={
                      <Button onClick={() => push(Object.fromEntries(FILTERS.map((name) => [name, null])))}>
                        Clear filters
                      </Button>
                    }
                  />
                ) : (
                  <Empty
                    title="No indicators yet"
                    action={mayEdit ? <Button onClick={() => setShown("import")}>Import a list</Button> : null}
                  >
                    Addresses, domains, URLs and digests of files that somebody says are bad; each event that comes is
                    compared with them, and a match is a finding.
                  </Empty>
                )
              }
            />
          )}
        </div>
        {openId !== "" ? (
          <IndicatorPanel
            key={openId}
            id={openId}
            onClose={() => push({ open: null })}
            onRemove={(indicator) => setRemoval({ ids: [indicator.indicator_id] })}
          />
        ) : null}
      </div>
      {shown === "add" ? <AddIndicator onClose={() => setShown(null)} /> : null}
      {shown === "import" ? <ImportIndicators onClose={() => setShown(null)} /> : null}
      <Confirm
        open={removal !== null}
        onOpenChange={(open) => (open ? undefined : setRemoval(null))}
        title={
          removal?.ids
            ? `Remove ${counted(removal.ids.length, "indicator")}`
            : `Remove all from ${removal?.source ?? ""}`
        }
        verb="Remove"
        danger
        busy={remove.isPending}
        onConfirm={() => removal && remove.mutate(removal)}
      >
        {removal?.ids ? "They are" : "All indicators from this source, also those that the filters hide, are"} no longer
        looked for within seconds. Findings stay. To bring them back, add or import them again.
      </Confirm>
    </>
  );
}

function YesNo({ name, label, yes, no }: { name: string; label: string; yes: string; no: string }) {
  return (
    <ChoiceFilter
      name={name}
      label={label}
      single
      options={[
        { value: "true", label: yes },
        { value: "false", label: no },
      ]}
    />
  );
}

function useRemove(onRemoved: () => void) {
  const toast = useToast();
  const failed = useFailureToast();
  const refresh = useRefreshIndicators();
  return useMutation({
    mutationFn: (removal: Removal) =>
      data(
        api.POST("/api/v1/indicator-removals", {
          body: removal.ids ? { ids: removal.ids } : { ids: [], source: removal.source },
        }),
      ),
    onSuccess: ({ removed }) => {
      toast({ text: `${counted(removed, "indicator")} removed; findings stay` });
      onRemoved();
    },
    onError: failed("Nothing was removed"),
    onSettled: refresh,
  });
}

/** How many there are, and how many there may be. */
function Summary() {
  const summary = useQuery({
    queryKey: ["indicators", "summary"],
    queryFn: () => data(api.GET("/api/v1/indicator-summary")),
  });
  if (!summary.data) return null;
  const { total, limit, types } = summary.data;
  const of = (state: "active" | "expired" | "disabled") => types.reduce((sum, each) => sum + each[state], 0);
  const parts = [
    `${number(of("active"))} active`,
    of("expired") > 0 ? `${number(of("expired"))} expired` : null,
    of("disabled") > 0 ? `${number(of("disabled"))} off` : null,
  ].filter(Boolean);
  return (
    <span className={total >= limit * 0.9 ? "text-sm text-warn-ink" : "text-sm text-ink-2"}>
      {parts.join(", ")}; room for {number(Math.max(0, limit - total))} more
    </span>
  );
}

/** Lists that this installation was started with stand beside the organization's own. */
function FromEnvironment() {
  const lists = useQuery({
    queryKey: ["rules", "indicator-lists"],
    queryFn: () =>
      data(api.GET("/api/v1/rules", { params: { query: { kind: ["indicator"], origin: "platform", limit: 50 } } })),
  });
  if (!lists.data || lists.data.items.length === 0) return null;
  return (
    <Notice tone="neutral" className="m-2">
      Also looked for, from lists that this installation is started with:{" "}
      {lists.data.items.map((each, index) => (
        <span key={each.rule_id}>
          {index > 0 ? ", " : ""}
          <Link href={ruleHref(each.rule_id)} className="text-accent-ink hover:underline">
            {each.title}
          </Link>
        </span>
      ))}
      {lists.data.next_cursor ? " and more" : ""}. They are changed in its files, not here.
    </Notice>
  );
}
