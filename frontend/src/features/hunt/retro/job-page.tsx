"use client";

import { useQuery } from "@tanstack/react-query";
import type { EChartsOption } from "echarts";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useCallback, useMemo } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Chart, type ChartColors } from "@/components/data/chart";
import { countAxis } from "@/components/data/chart-look";
import { type Column, DataTable } from "@/components/data/data-table";
import { SeverityMark } from "@/components/data/severity";
import { Empty, Loaded, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { HuntTimesProvider, huntHref } from "@/components/data/value";
import { Editor } from "@/components/editor/editor";
import { PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { Actor } from "@/features/detections/actor";
import { useAddress } from "@/lib/address";
import { counted, number } from "@/lib/format";
import { Entities } from "../cell";
import { filtered } from "../query";
import { textOf } from "../results";
import { HuntTabs } from "../tabs";
import { STEP_MS, nameOf, underWay, useCancel } from "./jobs";
import { Progress } from "./progress";

type Whole = Schema<"WholeRetroHunt">;
type Result = Schema<"RetroResult">;
type Found = Schema<"RetroFinding"> & { key: string };

const EventPanel = dynamic(() => import("../event-panel").then((part) => part.EventPanel), { ssr: false });

/** How far a retro-hunt is, and at its end what it found. */
export function RetroHuntPage({ jobId }: { jobId: string }) {
  const mayWrite = useMay("analyst");
  const cancel = useCancel();
  const job = useQuery({
    queryKey: ["retro-hunts", jobId],
    queryFn: () => data(api.GET("/api/v1/retro-hunts/{job_id}", { params: { path: { job_id: jobId } } })),
    refetchInterval: ({ state }) => (state.data && underWay(state.data) ? STEP_MS : false),
    retry: (count, error) => asProblem(error).status !== 404 && count < 2,
  });
  return (
    <>
      <PageHead
        title={job.data ? nameOf(job.data) : "Retro-hunt"}
        beside={job.data ? <Progress job={job.data} /> : null}
        actions={
          mayWrite && job.data && underWay(job.data) ? (
            <Button busy={cancel.isPending} onClick={() => cancel.mutate(jobId)}>
              Cancel
            </Button>
          ) : null
        }
      />
      <HuntTabs />
      <Loaded query={job} what="The retro-hunt">
        {(found) => <Job job={found} />}
      </Loaded>
    </>
  );
}

function Job({ job }: { job: Whole }) {
  const { get, set } = useAddress();
  const asRule = get("show") === "rule";
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-2 text-ink-2">
        <span>
          Events of <Time value={job.first_at} parts="minute" /> to <Time value={job.before} parts="minute" />
        </span>
        <span>{job.sources.length === 0 ? "all sources" : job.sources.join(", ")}</span>
        <span className="inline-flex items-center gap-1">
          started by <Actor actor={job.created_by} /> <Time value={job.created_at} relative />
        </span>
        <div role="group" aria-label="Show" className="ml-auto flex rounded-md border border-line text-sm">
          {[false, true].map((each) => (
            <button
              key={String(each)}
              type="button"
              aria-pressed={asRule === each}
              onClick={() => set({ show: each ? "rule" : null })}
              className={`h-6 px-2 ${asRule === each ? "bg-selected text-ink" : "text-ink-2 hover:bg-hover"}`}
            >
              {each ? "Rule" : "Result"}
            </button>
          ))}
        </div>
      </div>
      {job.error ? (
        <Notice tone="danger" className="mx-4 mt-2">
          It failed: {job.error}
        </Notice>
      ) : null}
      {asRule ? (
        <div className="min-h-0 flex-1 p-4">
          <Editor label="Rule" language="yaml" lineNumbers readOnly value={job.rule} className="h-full" />
        </div>
      ) : job.result ? (
        <Findings result={job.result} job={job} />
      ) : (
        <Empty title={underWay(job) ? "It is under way" : job.state === "cancelled" ? "It was cancelled" : "No result"}>
          {underWay(job) ? "What it finds is shown when it is done; this page follows it." : "Nothing was kept of it."}
        </Empty>
      )}
    </>
  );
}

function Findings({ result, job }: { result: Result; job: Whole }) {
  const { get, push, set } = useAddress();
  const rows = useMemo<Found[]>(
    () => result.findings.map((each, place) => ({ ...each, key: String(place) })),
    [result],
  );
  const openId = get("event");
  const opened = rows.find((row) => row.event_ids.includes(openId));
  const router = useRouter();
  // A result is fixed: narrowing goes on in the hunt, over the same times.
  const narrow = useCallback(
    (attribute: string, value: unknown, out: boolean) =>
      router.push(huntHref(filtered("", attribute, value, out), { from: job.first_at, to: job.before })),
    [router, job.first_at, job.before],
  );
  const columns = useMemo<Column<Found>[]>(
    () => [
      {
        id: "time",
        header: "Time",
        size: 160,
        cell: ({ row: { original } }) =>
          original.time ? <Time value={original.time} /> : <span className="text-ink-3">none in the record</span>,
      },
      {
        id: "rule",
        header: "Rule",
        size: 280,
        meta: { grow: true },
        cell: ({ row: { original } }) => (
          <span className="flex min-w-0 items-center gap-2">
            <SeverityMark severity={original.level as "high"} />
            <span className="truncate">{original.title}</span>
          </span>
        ),
      },
      {
        id: "entities",
        header: "Entities",
        size: 320,
        meta: { hideBelow: 700 },
        cell: ({ row: { original } }) => <Entities entities={original.entities} onFilter={narrow} />,
      },
      {
        id: "matched",
        header: "What matched",
        size: 320,
        meta: { hideBelow: 900 },
        cell: ({ row: { original } }) => {
          const text = Object.entries(original.matched)
            .map(([name, value]) => `${name}: ${textOf(value)}`)
            .join(", ");
          return (
            <span className="truncate font-mono text-[12px] text-ink-2" title={text}>
              {text}
            </span>
          );
        },
      },
      {
        id: "source",
        header: "Source",
        size: 150,
        meta: { hideBelow: 1100 },
        cell: ({ row: { original } }) => <span className="truncate font-mono text-[12px]">{original.source}</span>,
      },
    ],
    [narrow],
  );
  const titles = new Map(result.findings.map((each) => [each.rule_id, each.title]));
  const times = useMemo(() => ({ from: job.first_at, to: job.before }), [job.first_at, job.before]);
  return (
    <HuntTimesProvider value={times}>
      <div className="flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col">
          <div className="flex flex-wrap gap-x-8 gap-y-3 border-b border-line px-4 py-3">
            <div>
              <p className="text-lg font-semibold">{counted(result.matches, "match", "matches")}</p>
              <p className="text-ink-2">
                in {counted(result.events, "record")}, read in {result.elapsed_seconds.toFixed(1)} s
              </p>
              {result.unread > 0 ? (
                <p className="text-warn-ink">{counted(result.unread, "record")} could not be read again</p>
              ) : null}
            </div>
            <Counts
              title="By rule"
              counts={result.by_rule}
              name={(id) => (
                <Link className="hover:underline" href={`/detections/rules/${encodeURIComponent(id)}`}>
                  {titles.get(id) ?? id}
                </Link>
              )}
            />
            <Counts title="By source" counts={result.by_source} name={(source) => source} />
            {Object.keys(result.by_day).length > 0 ? <Days byDay={result.by_day} job={job} /> : null}
          </div>
          {result.truncated ? (
            <Notice tone="neutral" className="mx-4 mt-2">
              The first {number(result.findings.length)} of {number(result.matches)} are listed; the counts above are of
              all.
            </Notice>
          ) : null}
          <div className="min-h-0 flex-1">
            <DataTable
              label="What it found"
              name="retro-findings"
              rows={rows}
              columns={columns}
              rowId={(row) => row.key}
              onOpen={(row) => row.event_ids[0] && push({ event: row.event_ids[0] })}
              openId={opened?.key ?? null}
              empty={
                <Empty title="The rule finds nothing in this time">
                  {result.events === 0
                    ? "No record of its sources was there to be read."
                    : `${counted(result.events, "record")} were read.`}
                </Empty>
              }
            />
          </div>
        </div>
        {openId !== "" ? (
          <EventPanel
            key={openId}
            eventId={openId}
            around={opened?.time ?? undefined}
            onFilter={narrow}
            onClose={() => set({ event: null })}
          />
        ) : null}
      </div>
    </HuntTimesProvider>
  );
}

function Counts({
  title,
  counts,
  name,
}: {
  title: string;
  counts: Record<string, number>;
  name: (key: string) => React.ReactNode;
}) {
  const all = Object.entries(counts);
  if (all.length === 0) return null;
  return (
    <table className="self-start text-sm">
      <caption className="text-left text-ink-3">{title}</caption>
      <tbody>
        {all.slice(0, 6).map(([key, count]) => (
          <tr key={key}>
            <th scope="row" className="max-w-80 truncate pr-4 text-left font-normal">
              {name(key)}
            </th>
            <td className="text-right">{number(count)}</td>
          </tr>
        ))}
        {all.length > 6 ? (
          <tr>
            <td colSpan={2} className="text-ink-3">
              {all.length - 6} more
            </td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}

const DAY = 86_400_000;

/** Every day of the range, those without a match too. */
function Days({ byDay, job }: { byDay: Record<string, number>; job: Whole }) {
  const days = useMemo(() => {
    const found: string[] = [];
    for (let at = Date.parse(job.first_at.slice(0, 10)); at < Date.parse(job.before); at += DAY)
      found.push(new Date(at).toISOString().slice(0, 10));
    return found;
  }, [job.first_at, job.before]);
  const option = useCallback(
    (colors: ChartColors): EChartsOption => ({
      grid: { left: 4, right: 8, top: 8, bottom: 6 },
      xAxis: {
        type: "category",
        data: days,
        axisLine: { lineStyle: { color: colors["line-strong"] } },
        axisTick: { show: false },
        axisLabel: {
          color: colors["ink-3"],
          fontSize: 11,
          hideOverlap: true,
          formatter: (day: string) => day.slice(5),
        },
      },
      yAxis: countAxis(colors),
      series: [
        {
          type: "bar",
          name: "Matches",
          barMaxWidth: 24,
          itemStyle: { color: colors["series-1"] },
          data: days.map((day) => byDay[day] ?? 0),
        },
      ],
    }),
    [days, byDay],
  );
  return (
    <div className="min-w-64 flex-1">
      <p className="text-sm text-ink-3">By day (UTC)</p>
      <Chart
        option={option}
        height={90}
        label={`Matches by day: ${Object.entries(byDay)
          .map(([day, count]) => `${day} ${count}`)
          .join(", ")}`}
        table={{ columns: ["Day", "Matches"], rows: days.map((day) => [day, number(byDay[day] ?? 0)]) }}
      />
    </div>
  );
}
