"use client";

import { ListFilter } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useMemo, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { DataTable } from "@/components/data/data-table";
import { ClearFilters, FilterBar, FixedFilter, TextFilter } from "@/components/data/filters";
import { Outdated } from "@/components/data/outdated";
import { SidePanel } from "@/components/data/side-panel";
import { Empty, Failure, Notice } from "@/components/data/states";
import { TimeRange, useTimeRange } from "@/components/data/time-range";
import { PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { Popover } from "@/components/ui/overlay";
import { useAddress } from "@/lib/address";
import { cn } from "@/lib/cn";
import { useKeys } from "@/lib/keys";
import { usePages } from "@/lib/pages";
import { FacetRail, useFacets } from "./facet-rail";
import { ALL_FILTERS, findingQuery } from "./filters";
import { FindingDetail, useFinding } from "./finding-detail";
import { FilterFor } from "./filter-for";
import { useFindingColumns } from "./finding-columns";
import { VerdictDialog } from "./verdict-dialog";

const FilterDialog = dynamic(() => import("./filter-dialog").then((module) => module.FilterDialog), { ssr: false });

type Finding = Schema<"Finding">;
type Asked = { what: "verdict" | "filter" | "for"; findings: Finding[] };

/** All findings: facets at the side, the list, and the one that is open. */
export function Findings() {
  const address = useAddress();
  const may = useMay("analyst");
  const range = useTimeRange("30d");
  // A range up to now has no end: what arrives is shown.
  const times = useMemo(
    () => ({ first_at: range.from, ...(range.relative === null ? { before: range.to } : {}) }),
    [range.from, range.to, range.relative],
  );
  const query = findingQuery(address, times);
  const list = usePages(["findings", "list", query], (cursor) =>
    data(
      api.GET("/api/v1/findings", { params: { query: { ...query, limit: cursor === undefined ? 100 : 200, cursor } } }),
    ),
  );
  const facets = useFacets(times);
  const total = facets.counts.kind?.reduce((sum, each) => sum + each.count, 0);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Asked | null>(null);
  const openId = address.get("open");
  const open = list.rows.find((row) => row.finding_id === openId);
  const close = () => address.push({ open: null });

  const those = (row: Finding) =>
    chosen.has(row.finding_id) ? list.rows.filter((each) => chosen.has(each.finding_id)) : [row];
  const verdict = (row: Finding) => may && setAsked({ what: "verdict", findings: those(row) });
  const filter = (row: Finding) => may && row.state === "open" && setAsked({ what: "filter", findings: [row] });
  const narrow = (row: Finding) => setAsked({ what: "for", findings: [row] });
  useKeys(open ? { v: () => verdict(open), n: () => filter(open), f: () => narrow(open) } : {});

  const columns = useFindingColumns();
  const filtered = ALL_FILTERS.some((name) => address.all(name).length > 0);
  const done = () => setAsked(null);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <PageHead title="Findings" actions={<TimeRange range={range} longest={3650} />} />
      <FilterBar>
        <Popover
          label="Facets"
          className="max-h-[70vh] w-72 overflow-y-auto"
          trigger={
            <Button className={openId === "" ? "lg:hidden" : "2xl:hidden"}>
              <ListFilter size={14} aria-hidden />
              Facets
            </Button>
          }
        >
          <FacetRail facets={facets} />
        </Popover>
        <TextFilter label="Search titles" />
        <FixedFilter name="entity" label="Entity" also={["entity_type"]} />
        <FixedFilter name="incident" label="Incident" show={(id) => id.slice(0, 8)} />
        <FixedFilter name="event" label="Event" show={(id) => id.slice(0, 8)} />
        <ClearFilters names={ALL_FILTERS} />
        {chosen.size > 0 ? (
          <span className="ml-auto flex items-center gap-2">
            <span className="text-ink-2">{chosen.size} chosen</span>
            {may ? (
              <Button
                small
                onClick={() =>
                  setAsked({ what: "verdict", findings: list.rows.filter((each) => chosen.has(each.finding_id)) })
                }
              >
                Give a verdict
              </Button>
            ) : null}
            <Button small look="quiet" onClick={() => setChosen(new Set())}>
              Choose none
            </Button>
          </span>
        ) : null}
      </FilterBar>
      <div className="flex min-h-0 flex-1">
        <div
          role="region"
          aria-label="Facets"
          tabIndex={0}
          className={cn(
            "hidden w-56 shrink-0 overflow-y-auto border-r border-line",
            openId === "" ? "lg:block" : "2xl:block",
          )}
        >
          <FacetRail facets={facets} />
        </div>
        <div className="flex min-w-0 flex-1 flex-col">
          {list.isError && list.rows.length > 0 ? (
            <Notice
              className="m-2"
              action={
                <Button small onClick={() => void list.refetch()}>
                  Try again
                </Button>
              }
            >
              Findings could not be refreshed ({asProblem(list.error).message}) What is shown is from before.
            </Notice>
          ) : null}
          <div className="relative min-h-0 flex-1">
            <Outdated list={list} what="Findings" />
            <DataTable
              label="Findings"
              name="findings"
              rows={list.rows}
              columns={columns}
              rowId={(row) => row.finding_id}
              openId={openId}
              onOpen={(row) => address.push({ open: row.finding_id })}
              chosen={may ? chosen : undefined}
              onChoose={may ? setChosen : undefined}
              loading={list.loading}
              more={list.more}
              loadingMore={list.loadingMore}
              onEnd={list.next}
              total={total}
              rowKeys={{ v: verdict, n: filter, f: narrow }}
              empty={
                list.isError ? (
                  <Failure error={list.error} what="Findings" onRetry={() => void list.refetch()} />
                ) : filtered ? (
                  <Empty title="No findings of this kind in these times">
                    Take filters away, or choose a longer time.
                  </Empty>
                ) : (
                  <Empty
                    title="No findings in these times"
                    action={
                      <Link href="/sources" className="text-accent-ink hover:underline">
                        See what arrives from your sources
                      </Link>
                    }
                  >
                    A finding is what a rule concludes from events. Choose a longer time, or see whether events arrive.
                  </Empty>
                )
              }
            />
          </div>
        </div>
        {openId !== "" ? <Open key={openId} findingId={openId} onClose={close} /> : null}
      </div>
      {asked?.what === "verdict" ? (
        <VerdictDialog findings={asked.findings} onClose={done} onDone={() => setChosen(new Set())} />
      ) : null}
      {asked?.what === "for" && asked.findings[0] ? <FilterFor finding={asked.findings[0]} onClose={done} /> : null}
      {asked?.what === "filter" && asked.findings[0] ? (
        <FilterDialog findingId={asked.findings[0].finding_id} title={asked.findings[0].title} onClose={done} />
      ) : null}
    </div>
  );
}

function Open({ findingId, onClose }: { findingId: string; onClose: () => void }) {
  const finding = useFinding(findingId);
  return (
    <SidePanel title={finding.data?.title ?? "Finding"} onClose={onClose} pageHref={`/findings/${findingId}`}>
      <FindingDetail findingId={findingId} />
    </SidePanel>
  );
}
