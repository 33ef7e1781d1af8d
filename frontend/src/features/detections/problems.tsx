"use client";

import { useQuery } from "@tanstack/react-query";

import { type Schema, api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { Empty, Loaded, Notice } from "@/components/data/states";
import { Mono } from "@/components/data/value";
import { PageHead } from "@/components/shell/page";
import { number } from "@/lib/format";
import { DetectionTabs } from "./tabs";

type Row = Schema<"RefusedRules">["items"][number];

const columns: Column<Row>[] = [
  {
    id: "place",
    header: "File",
    size: 280,
    cell: ({ row }) => (
      <span className="truncate font-mono text-[12px]" title={row.original.place}>
        {row.original.place}
      </span>
    ),
  },
  { id: "line", header: "Line", size: 60, meta: { align: "right" }, cell: ({ row }) => row.original.line ?? "" },
  {
    id: "reason",
    header: "Why it cannot run",
    size: 300,
    meta: { grow: true },
    cell: ({ row }) => (
      <span className="truncate" title={row.original.reason}>
        {row.original.reason}
      </span>
    ),
  },
  {
    id: "rule_id",
    header: "Rule id",
    size: 280,
    meta: { hideBelow: 1000 },
    cell: ({ row }) => (row.original.rule_id ? <Mono className="truncate">{row.original.rule_id}</Mono> : null),
  },
];

/** The platform's rules that were refused when they were loaded. */
export function Problems() {
  const problems = useQuery({
    queryKey: ["rules", "problems"],
    queryFn: () => data(api.GET("/api/v1/rule-problems")),
  });
  return (
    <>
      <PageHead title="Detections" />
      <DetectionTabs />
      <Loaded query={problems} what="The problems">
        {({ items, total }) => (
          <>
            {items.length > 0 ? (
              <Notice className="m-2">
                {total === 1 ? "One rule of the platform does" : `${number(total)} rules of the platform do`} not run
                {items.length < total ? `; the first ${number(items.length)} are shown` : ""}. All others do. The
                administrator of this installation can correct the files, and restart it.
              </Notice>
            ) : null}
            <div className="min-h-0 flex-1">
              <DataTable
                label="Rules that cannot run"
                name="rule-problems"
                rows={items}
                columns={columns}
                rowId={(row) => `${row.place}:${row.line ?? ""}:${row.rule_id ?? ""}:${row.reason}`}
                empty={
                  <Empty title="All rules of the platform run">
                    A rule that could not be read, or that asks for what is not supported, would stand here with its
                    line and reason. Own rules are checked before they are saved.
                  </Empty>
                }
              />
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}
