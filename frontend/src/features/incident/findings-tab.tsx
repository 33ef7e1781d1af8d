"use client";

import { Scissors } from "lucide-react";
import { useMemo, useState } from "react";

import { api, data } from "@/api/client";
import type { Schema } from "@/api/client";
import { TacticMarks } from "@/components/data/attack";
import { type Column, DataTable } from "@/components/data/data-table";
import { SeverityMark } from "@/components/data/severity";
import { Empty, Failure } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Value } from "@/components/data/value";
import { useMay } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { counted, words } from "@/lib/format";
import { usePages } from "@/lib/pages";
import { SplitDialog } from "./dialogs";
import type { Incident } from "./incident";
import { distinct, whys } from "./story-model";
import { WhyText } from "./timeline";

type Row = Schema<"Finding">;

/** All its findings; analysts choose those that do not belong and split them off. */
export function FindingsTab({
  incident,
  openId,
  onOpen,
}: {
  incident: Incident;
  openId: string;
  onOpen: (findingId: string) => void;
}) {
  const may = useMay("analyst") && incident.redirect_to === null;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [splitting, setSplitting] = useState(false);
  const list = usePages<Row>(["findings", "of-incident", incident.incident_id], (cursor) =>
    data(api.GET("/api/v1/findings", { params: { query: { incident: incident.incident_id, limit: 200, cursor } } })),
  );
  const reasons = useMemo(() => whys(incident), [incident]);
  const titles = useMemo(() => new Map(list.rows.map((row) => [row.finding_id, row.title])), [list.rows]);
  const columns: Column<Row>[] = [
    {
      id: "level",
      header: () => <span className="sr-only">Severity</span>,
      size: 34,
      cell: ({ row }) => <SeverityMark severity={row.original.level} />,
    },
    { id: "time", header: "Time", size: 150, cell: ({ row }) => <Time value={row.original.time} /> },
    {
      id: "title",
      header: "Finding",
      size: 260,
      meta: { grow: true },
      cell: ({ row }) => <span className="truncate">{row.original.title}</span>,
    },
    {
      id: "entities",
      header: "Entities",
      size: 240,
      meta: { hideBelow: 720 },
      cell: ({ row }) => (
        <span className="flex min-w-0 gap-2">
          {distinct(row.original.entities)
            .slice(0, 2)
            .map((each) => (
              <Value key={`${each.type} ${each.value}`} value={each.value} entity={each.type} />
            ))}
        </span>
      ),
    },
    {
      id: "tactics",
      header: "Tactics",
      size: 110,
      meta: { hideBelow: 900 },
      cell: ({ row }) => <TacticMarks tactics={row.original.tactics} />,
    },
    {
      id: "why",
      header: "Why it is here",
      size: 320,
      meta: { hideBelow: 1050 },
      cell: ({ row }) => (
        <span className="truncate text-ink-2">
          <WhyText why={reasons.get(row.original.finding_id) ?? { kind: "unknown" }} titles={titles} />
        </span>
      ),
    },
    {
      id: "verdict",
      header: "Verdict",
      size: 110,
      meta: { hideBelow: 600 },
      cell: ({ row }) =>
        row.original.verdict ? words(row.original.verdict) : <span className="text-ink-3">none</span>,
    },
  ];
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {may && chosen.size > 0 ? (
        <div className="flex items-center gap-3 border-b border-line bg-selected px-4 py-1">
          <span>{counted(chosen.size, "finding")} chosen</span>
          <Button
            small
            disabled={chosen.size >= incident.finding_count || chosen.size > 1_000}
            onClick={() => setSplitting(true)}
          >
            <Scissors size={13} aria-hidden />
            Split off
          </Button>
          <Button small look="quiet" onClick={() => setChosen(new Set())}>
            Choose none
          </Button>
          {chosen.size >= incident.finding_count ? (
            <span className="text-sm text-ink-2">One finding at least must stay.</span>
          ) : chosen.size > 1_000 ? (
            <span className="text-sm text-ink-2">1,000 at most are split off at once.</span>
          ) : null}
        </div>
      ) : null}
      {list.isError && list.rows.length === 0 ? (
        <Failure error={list.error} what="The findings" onRetry={() => void list.refetch()} />
      ) : (
        <div className="min-h-0 flex-1">
          <DataTable
            label="Findings of the incident"
            name="incident-findings"
            rows={list.rows}
            columns={columns}
            rowId={(row) => row.finding_id}
            loading={list.loading}
            more={list.more}
            loadingMore={list.loadingMore}
            onEnd={list.next}
            total={incident.finding_count}
            openId={openId}
            onOpen={(row) => onOpen(row.finding_id)}
            {...(may ? { chosen, onChoose: setChosen } : {})}
            empty={
              <Empty title="None of its findings is kept any more">
                Findings are kept as long as the organization&apos;s retention says.
              </Empty>
            }
          />
        </div>
      )}
      <SplitDialog
        incident={incident}
        findingIds={[...chosen]}
        open={splitting}
        onOpenChange={setSplitting}
        onDone={() => {
          setSplitting(false);
          setChosen(new Set());
        }}
      />
    </div>
  );
}
