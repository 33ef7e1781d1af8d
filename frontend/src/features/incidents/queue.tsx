"use client";

import { useQuery } from "@tanstack/react-query";
import { ArrowUp, Download, X } from "lucide-react";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { DataTable } from "@/components/data/data-table";
import { Outdated } from "@/components/data/outdated";
import { Empty, Failure, Notice } from "@/components/data/states";
import { PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { Button, buttonClass } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { counted, number } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { usePages } from "@/lib/pages";
import { type Acting, Actions, type Kind } from "./actions";
import {
  DEFAULT_SORT,
  FILTERS,
  type Incident,
  type Sort,
  apiSort,
  headingSort,
  queryText,
  queueQuery,
  viewText,
} from "./address";
import { LIST } from "./change";
import { incidentColumns } from "./columns";
import { Filters } from "./filters";
import { Preview } from "./preview";
import { useSettledRows } from "./stable";
import { Views } from "./views";

export type FirstPage = {
  /** The address as `viewText` that it was read for. */
  view: string;
  /** What relative times were counted from, and when it was read (ms). */
  at: number;
  page: { items: Incident[]; next_cursor: string | null };
};

/** The list of incidents: what is open, gravest first, unless the address says otherwise. */
export function Queue({ first }: { first: FirstPage | null }) {
  const { search, get, set, push } = useAddress();
  const router = useRouter();
  const may = useMay("analyst");
  const view = viewText(search);
  const initial = first?.view === view ? first : null;
  // Relative times hold still for one view: the cursor of a page belongs to the very query.
  // eslint-disable-next-line react-hooks/purity -- read once for each view
  const query = useMemo(() => queueQuery(view, initial?.at ?? Date.now()), [view, initial?.at]);

  const list = usePages(
    [...LIST, view],
    (cursor) => data(api.GET("/api/v1/incidents", { params: { query: { ...query, limit: PAGE, cursor } } })),
    { initial: initial ? { page: initial.page, at: initial.at } : null },
  );
  const facets = useQuery({
    queryKey: ["incidents", "facets", view],
    queryFn: () => data(api.GET("/api/v1/incidents/facets", { params: { query } })),
    placeholderData: (before) => before,
  });
  const { rows, waiting, showAll } = useSettledRows(list.stale ? "before" : view, list.rows, incidentId);

  const [chosenIds, setChosen] = useState<ReadonlySet<string>>(new Set());
  const chosen = useMemo(() => rows.filter((row) => chosenIds.has(row.incident_id)), [rows, chosenIds]);
  const openId = get("open");
  const opened = rows.find((row) => row.incident_id === openId);
  const [acting, setActing] = useState<Acting | null>(null);

  const act = (kind: Kind, incidents: Incident[]) => {
    if (may && incidents.length > 0) setActing({ kind, incidents });
  };
  /** Keys act on what is chosen, else on the row, else on what is open. */
  const onKey = (kind: Kind) => (row?: Incident) =>
    act(kind, chosen.length > 0 ? chosen : row ? [row] : opened ? [opened] : []);
  const page = (row: Incident) => router.push(`/incidents/${row.incident_id}`);
  useKeys({
    o: () => {
      if (opened) page(opened);
    },
    a: () => onKey("assign")(),
    s: () => onKey("state")(),
    v: () => onKey("verdict")(),
    c: () => onKey("comment")(),
    // With a panel open it closes the panel first.
    ...(openId === "" && chosen.length > 0 ? { Escape: () => setChosen(new Set()) } : {}),
  });

  const columns = useMemo(() => incidentColumns((type, value) => push({ entity_type: type, entity: value })), [push]);
  const filtered = FILTERS.some((name) => get(name) !== "");
  const total = facets.data?.total;
  const sort = (query.sort ?? DEFAULT_SORT) satisfies Sort;

  return (
    <div className="flex h-full min-h-0 flex-col">
      <PageHead
        title="Incidents"
        beside={<span className="text-ink-3">{total === undefined ? "" : number(total)}</span>}
        actions={
          <a
            href={`/api/v1/incidents.csv?${queryText(query)}`}
            download="incidents.csv"
            className={buttonClass()}
            title="The list as it is filtered and sorted, up to 10,000 incidents"
          >
            <Download size={14} aria-hidden />
            Export CSV
          </a>
        }
      />
      <Views />
      <Filters facets={facets.data?.facets} />
      {list.isError && rows.length > 0 ? (
        <Notice
          className="mx-4 mt-2"
          action={
            <Button small onClick={() => void list.refetch()}>
              Try again
            </Button>
          }
        >
          The list could not be refreshed: {asProblem(list.error).message} What is shown is from before.
        </Notice>
      ) : null}
      <div className="relative flex min-h-0 flex-1">
        <div className="relative min-w-0 flex-1">
          {waiting > 0 ? (
            <div className="absolute inset-x-0 top-8 z-20 flex justify-center">
              <Button
                look="primary"
                small
                className="shadow-float"
                onClick={() => {
                  showAll();
                  document.querySelector('[role="grid"]')?.scrollTo({ top: 0 });
                }}
              >
                <ArrowUp size={13} aria-hidden />
                {number(waiting)} new, show
              </Button>
            </div>
          ) : null}
          <Outdated list={list} what="Incidents" onRenew={showAll} />
          <span role="status" className="sr-only">
            {waiting > 0 ? `${counted(waiting, "new incident")} waiting above` : ""}
          </span>
          <DataTable
            label="Incidents"
            name="incidents"
            rows={rows}
            columns={columns}
            rowId={incidentId}
            openId={openId}
            onOpen={(row) => (openId === "" ? push : set)({ open: row.incident_id })}
            {...(may ? { chosen: chosenIds, onChoose: setChosen } : {})}
            sort={headingSort(sort)}
            onSort={(heading) => {
              const next = apiSort(heading);
              push({ sort: next === DEFAULT_SORT ? null : next });
            }}
            {...(list.isError ? {} : { onEnd: list.next })}
            more={list.more}
            loadingMore={list.loadingMore}
            loading={list.loading}
            {...(total === undefined ? {} : { total: total + 1 })}
            rowKeys={{
              o: page,
              a: onKey("assign"),
              s: onKey("state"),
              v: onKey("verdict"),
              c: onKey("comment"),
            }}
            empty={
              list.isError ? (
                <Failure error={list.error} what="The incidents" onRetry={() => void list.refetch()} />
              ) : filtered ? (
                <Empty
                  title="No incident is like this"
                  action={<Button onClick={() => push(nothing)}>Clear filters</Button>}
                >
                  The filters leave none over. Without them the open incidents are listed.
                </Empty>
              ) : (
                <Empty title="No open incidents">
                  Incidents are made of findings that belong together, as soon as a rule fires. Closed ones are under
                  All.
                </Empty>
              )
            }
          />
          {chosen.length > 0 ? (
            <BulkBar count={chosen.length} onAct={(kind) => act(kind, chosen)} onClear={() => setChosen(new Set())} />
          ) : null}
        </div>
        {openId !== "" ? (
          <Preview
            key={openId}
            incidentId={openId}
            row={opened}
            onClose={() => set({ open: null })}
            onAct={(kind, incident) => act(kind, [incident])}
          />
        ) : null}
      </div>
      <Actions acting={acting} onDone={() => setActing(null)} />
    </div>
  );
}

const PAGE = 100;
const incidentId = (row: Incident): string => row.incident_id;
const nothing = Object.fromEntries(FILTERS.map((name) => [name, null]));

const BULK: [Kind, string, string][] = [
  ["assign", "Assign", "a"],
  ["state", "Change state", "s"],
  ["verdict", "Give verdict", "v"],
  ["comment", "Comment", "c"],
];

/** What can be done with the rows that are chosen. */
function BulkBar({ count, onAct, onClear }: { count: number; onAct: (kind: Kind) => void; onClear: () => void }) {
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-4 z-20 flex px-4">
      <div
        role="toolbar"
        aria-label="Chosen incidents"
        className="pointer-events-auto flex max-w-full flex-wrap items-center gap-1.5 rounded-lg bg-raised p-1.5 pl-3 shadow-float"
      >
        <span role="status" className="mr-1 font-medium whitespace-nowrap">
          {number(count)} chosen
        </span>
        {BULK.map(([kind, label, key]) => (
          <Button key={kind} small onClick={() => onAct(kind)} title={`${label} (${key})`}>
            {label}
          </Button>
        ))}
        <Button small look="quiet" onClick={onClear} aria-label="Choose none" title="Choose none">
          <X size={14} aria-hidden />
        </Button>
      </div>
    </div>
  );
}
