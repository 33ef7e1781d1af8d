"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useCallback, useMemo, useRef, useState } from "react";

import { asProblem } from "@/api/problem";
import type { EditorHandle } from "@/components/editor/given";
import { Empty, Failure, Notice } from "@/components/data/states";
import { TimeRange, useTimeRange } from "@/components/data/time-range";
import { HuntTimesProvider } from "@/components/data/value";
import { PageHead } from "@/components/shell/page";
import { useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/form";
import { useAddress } from "@/lib/address";
import { bytes, counted, number } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { ColumnChooser, FIRST_COLUMNS } from "./columns";
import { Counts } from "./counts";
import { ExportMenu } from "./export-menu";
import { Help } from "./help";
import { Histogram } from "./histogram";
import { HistoryMenu } from "./history-menu";
import { InvalidQuery } from "./invalid-query";
import { filtered, halves } from "./query";
import { type Row, kindOf, rowsOf } from "./results";
import { ResultsTable } from "./results-table";
import { SavedHunts } from "./saved-hunts";
import { HuntTabs } from "./tabs";
import { LIMITS, useHunt } from "./use-hunt";

const QueryEditor = dynamic(() => import("./query-editor"), {
  ssr: false,
  loading: () => <div role="status" aria-label="Loading the editor" className="skeleton h-[30px] flex-1" />,
});
const EventPanel = dynamic(() => import("./event-panel").then((part) => part.EventPanel), { ssr: false });
const RuleMenu = dynamic(() => import("./rule-menu").then((part) => part.RuleMenu), { ssr: false });

/** Questions to all events: the query and its range are in the address, so a link asks the same. */
export function HuntPage() {
  const address = useAddress();
  const client = useQueryClient();
  const toast = useToast();
  const range = useTimeRange("24h");
  const query = address.get("query");
  const limit = LIMITS.find((each) => String(each) === address.get("limit")) ?? 1_000;
  const asRecords = address.get("view") === "records";
  const chosen = address.get("columns");
  const columns = useMemo(() => (chosen === "" ? FIRST_COLUMNS : chosen.split(",")), [chosen]);
  const [draft, setDraft] = useState(query);
  const [seen, setSeen] = useState(query);
  const editor = useRef<EditorHandle | null>(null);
  if (seen !== query) {
    // The address changed: by going back, a link, or a filter.
    setSeen(query);
    setDraft(query);
  }

  const { where, rest } = halves(query);
  const plain = rest === "" || /^\|\s*(sort|limit)\b/i.test(rest);
  const { hunt, cancel } = useHunt(query, range, limit, asRecords && plain);
  const answer = hunt.data;
  const kind = answer === undefined ? (plain ? "events" : "values") : kindOf(answer);
  const rows = useMemo(() => (answer === undefined ? [] : rowsOf(answer)), [answer]);
  const events = kind === "events" || kind === "records";
  const shown =
    kind === "events"
      ? columns
      : kind === "records"
        ? ["time", "source", "raw"]
        : (answer?.columns.map((column) => column.name) ?? []);
  const problem = hunt.isError ? asProblem(hunt.error) : null;
  const cancelled = hunt.fetchStatus === "idle" && (hunt.isPending || hunt.isPlaceholderData);
  const times = useMemo(() => ({ from: range.from, to: range.to }), [range.from, range.to]);

  const go = useCallback((next: string) => address.push({ query: next, event: null, sort: null }), [address]);
  const run = () => {
    if (draft !== query) go(draft);
    else if (range.relative === null) void client.invalidateQueries({ queryKey: ["hunts"] });
    if (range.relative !== null) range.renew();
  };
  const filter = useCallback(
    (attribute: string, value: unknown, out: boolean) => {
      go(filtered(query, attribute, value, out));
    },
    [go, query],
  );
  const open = events ? (row: Row) => address.push({ event: row.id }) : undefined;
  const openId = address.get("event");
  const opened = rows.find((row) => row.id === openId);

  const trouble = useCallback((text: string) => toast({ tone: "danger", text: `No completion: ${text}` }), [toast]);

  useKeys({ "mod+Enter": run });

  return (
    <HuntTimesProvider value={times}>
      <PageHead
        title="Hunt"
        actions={
          <>
            <SavedHunts query={draft} ranQuery={query} range={range} />
            <TimeRange range={range} longest={400} />
          </>
        }
      />
      <HuntTabs />
      <div className="flex shrink-0 flex-wrap items-start gap-2 px-4 py-2">
        <div className="min-w-[min(100%,280px)] flex-1">
          <QueryEditor
            value={draft}
            onChange={setDraft}
            onSubmit={run}
            range={range}
            handle={editor}
            invalid={problem?.kind === "invalid-query" && draft === query}
            onTrouble={trouble}
          />
        </div>
        <div className="flex gap-1.5 py-px">
          {hunt.isFetching ? (
            <Button onClick={cancel}>Cancel</Button>
          ) : (
            <Button look="primary" onClick={run} title="Ctrl Enter">
              Run
            </Button>
          )}
          <HistoryMenu onChoose={go} />
          <Help onChoose={go} />
        </div>
      </div>
      <Histogram where={where} range={range} by={address.get("by")} onBy={(by) => address.set({ by })} />
      <div className="flex min-h-0 flex-1 max-md:min-h-[26rem]">
        <div className="flex min-w-0 flex-1 flex-col">
          <div className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1">
            <p role="status" className="min-w-0 text-sm text-ink-2">
              {hunt.isFetching
                ? "Running …"
                : answer && !hunt.isError && !cancelled
                  ? `${answer.truncated ? "First " : ""}${counted(rows.length, events ? "event" : "row")}`
                  : ""}
              {answer && !hunt.isFetching && !hunt.isError && !cancelled ? (
                <span className="text-ink-3">
                  {`, ${number(answer.events)} looked at (${bytes(answer.size_bytes)}) in ${answer.elapsed_seconds.toFixed(2)} s`}
                </span>
              ) : null}
            </p>
            <div className="no-print ml-auto flex flex-wrap items-center gap-1.5">
              {plain ? (
                <div role="group" aria-label="Show events as" className="flex rounded-md border border-line text-sm">
                  {[false, true].map((each) => (
                    <button
                      key={String(each)}
                      type="button"
                      aria-pressed={asRecords === each}
                      onClick={() => address.push({ view: each ? "records" : null, sort: null })}
                      className={`h-6 px-2 ${asRecords === each ? "bg-selected text-ink" : "text-ink-2 hover:bg-hover"}`}
                    >
                      {each ? "Records" : "Table"}
                    </button>
                  ))}
                </div>
              ) : null}
              {kind === "events" ? (
                <ColumnChooser
                  columns={columns}
                  rows={rows}
                  onColumns={(next) =>
                    address.set({ columns: next.join(",") === FIRST_COLUMNS.join(",") ? null : next.join(",") })
                  }
                />
              ) : null}
              <Select
                aria-label="Rows at most"
                className="h-6 w-auto text-sm"
                value={limit}
                onChange={(event) => address.push({ limit: event.target.value === "1000" ? null : event.target.value })}
              >
                {LIMITS.map((each) => (
                  <option key={each} value={each}>
                    {number(each)} rows
                  </option>
                ))}
              </Select>
              <RuleMenu query={query} range={range} />
              <ExportMenu query={query} range={range} columns={kind === "events" ? columns : null} />
            </div>
          </div>
          {answer?.truncated && !hunt.isFetching && !hunt.isError && !cancelled ? (
            <Notice
              tone="neutral"
              className="mx-4 mt-2"
              action={
                limit < 10_000 ? (
                  <Button small onClick={() => address.push({ limit: "10000" })}>
                    Show 10,000
                  </Button>
                ) : null
              }
            >
              There are more than these {number(rows.length)}: the {kind === "counts" ? "most frequent" : "first"} are
              shown{address.get("sort") !== "" ? ", sorted among themselves" : ""}. Counts and exports take in all.
            </Notice>
          ) : null}
          {problem !== null && problem.kind !== "invalid-query" && answer !== undefined ? (
            <Notice tone="danger" className="mx-4 mt-2" action={<Retry onRetry={() => void hunt.refetch()} />}>
              {problem.message} What is shown is from the hunt before.
            </Notice>
          ) : null}
          {cancelled && !hunt.isError && answer !== undefined ? (
            <Notice className="mx-4 mt-2" action={<Retry verb="Run" onRetry={() => void hunt.refetch()} />}>
              Cancelled. What is shown is from the hunt before.
            </Notice>
          ) : null}
          {problem?.kind === "invalid-query" ? (
            <InvalidQuery
              error={hunt.error}
              query={query}
              onShow={(start, end) => editor.current?.select(start, end)}
              onReplace={go}
            />
          ) : (
            <>
              {kind === "counts" && answer && rows.length > 0 ? (
                <Counts answer={answer} rows={rows} onFilter={filter} />
              ) : null}
              <div className={`min-h-0 flex-1 ${hunt.isPlaceholderData ? "opacity-60" : ""}`}>
                <ResultsTable
                  answer={answer}
                  rows={rows}
                  columns={shown.length === 0 ? columns : shown}
                  sort={address.get("sort")}
                  onSort={(sort) => address.set({ sort })}
                  onFilter={filter}
                  {...(open ? { onOpen: open } : {})}
                  openId={openId || null}
                  loading={hunt.isFetching && answer === undefined}
                  empty={
                    problem !== null ? (
                      <Failure error={hunt.error} what="The result" onRetry={() => void hunt.refetch()} />
                    ) : cancelled ? (
                      <Empty title="Cancelled" action={<Button onClick={() => void hunt.refetch()}>Run</Button>}>
                        Nothing was read.
                      </Empty>
                    ) : (
                      <Empty title="No event in this time range satisfies the query">
                        {answer ? `${number(answer.events)} were looked at. ` : null}
                        Choose a longer range, or loosen the condition.
                      </Empty>
                    )
                  }
                />
              </div>
            </>
          )}
        </div>
        {openId !== "" ? (
          <EventPanel
            key={openId}
            eventId={openId}
            around={typeof opened?.values.time === "string" ? opened.values.time : undefined}
            columns={columns}
            onColumn={(name) => {
              const next = columns.includes(name) ? columns.filter((each) => each !== name) : [...columns, name];
              if (next.length > 0) address.set({ columns: next.join(",") });
            }}
            onFilter={filter}
            onClose={() => address.set({ event: null })}
          />
        ) : null}
      </div>
    </HuntTimesProvider>
  );
}

const Retry = ({ onRetry, verb = "Try again" }: { onRetry: () => void; verb?: string }) => (
  <Button small onClick={onRetry}>
    {verb}
  </Button>
);
