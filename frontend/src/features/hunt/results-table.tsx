"use client";

import { type ReactNode, useMemo } from "react";

import { type Column, DataTable } from "@/components/data/data-table";
import { eventLine } from "@/features/findings/event";
import { number } from "@/lib/format";
import { visible } from "@/lib/visible";
import { Cell, type OnFilter } from "./cell";
import { titleOf } from "./columns";
import { type Answer, type Row, sorted, valueOf } from "./results";

const WIDTHS: Readonly<Record<string, number>> = {
  time: 186,
  source: 150,
  what: 340,
  entities: 380,
  class_uid: 90,
  raw: 600,
};
const GROWS = new Set(["what", "raw"]);

/** The rows of an answer. `columns` names what is shown; the order is that of what is loaded. */
export function ResultsTable({
  answer,
  rows,
  columns,
  sort,
  onSort,
  onFilter,
  onOpen,
  openId,
  empty,
  loading,
}: {
  answer: Answer | undefined;
  rows: Row[];
  columns: readonly string[];
  sort: string;
  onSort: (sort: string) => void;
  onFilter: OnFilter;
  onOpen?: (row: Row) => void;
  openId?: string | null;
  empty: ReactNode;
  loading: boolean;
}) {
  const kinds = useMemo(() => new Map(answer?.columns.map((column) => [column.name, column.kind])), [answer]);
  const names = columns.join("\n");
  const drawn = useMemo<Column<Row>[]>(
    () =>
      names.split("\n").map((name, at, all) => {
        const count = name === "count" && kinds.get(name) === "number";
        return {
          id: name,
          header: () =>
            titleOf(name) === name ? <span className="font-mono text-[11px]">{name}</span> : titleOf(name),
          size: WIDTHS[name] ?? (count ? 110 : 200),
          meta: {
            ...(name === "what" ? {} : { sort: name }),
            ...(GROWS.has(name) || (!all.some((each) => GROWS.has(each)) && at === all.length - (count ? 2 : 1))
              ? { grow: true }
              : {}),
            ...(count ? { align: "right" as const } : {}),
          },
          cell: ({ row: { original } }) =>
            name === "what" ? (
              <span className="truncate">{visible(eventLine(original.attributes))}</span>
            ) : name === "raw" ? (
              <span className="truncate font-mono text-[12px]">{String(original.values.raw ?? "")}</span>
            ) : count ? (
              number(Number(original.values.count))
            ) : (
              <Cell
                name={name}
                value={valueOf(original, name)}
                onFilter={onFilter}
                entities={original.values.entities}
              />
            ),
        };
      }),
    [names, kinds, onFilter],
  );
  const ordered = useMemo(() => sorted(rows, sort), [rows, sort]);
  return (
    <DataTable
      label="Results"
      name="hunt"
      rows={ordered}
      columns={drawn}
      rowId={(row) => row.id}
      sort={sort}
      onSort={onSort}
      loading={loading}
      empty={empty}
      {...(onOpen ? { onOpen } : {})}
      {...(openId ? { openId } : {})}
    />
  );
}
