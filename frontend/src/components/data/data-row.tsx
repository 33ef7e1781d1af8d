"use client";

import { type ColumnDef, type Table, createRow, flexRender } from "@tanstack/react-table";
import { memo, useMemo } from "react";

import { Checkbox } from "@/components/ui/form";
import { cn } from "@/lib/cn";

type Given<T> = {
  table: Table<T>;
  /** The columns in sight: others draw the row anew. */
  columns: readonly ColumnDef<T, unknown>[];
  original: T;
  id: string;
  index: number;
  /** From the top of the rows, in pixels. */
  start: number;
  height: number;
  /** `grid-template-columns` of the table. */
  template: string;
  boxed: boolean;
  chosen: boolean;
  open: boolean;
  /** Takes the keyboard. */
  active: boolean;
  onOpen: ((row: T) => void) | undefined;
  onFocus: (index: number) => void;
  onToggle: (index: number, range: boolean) => void;
};

/** A row of a `DataTable`. It is drawn when it comes into sight and again when something of it changes, not when others scroll by. */
function Row<T>(given: Given<T>) {
  const { table, columns, original, id, index, boxed, chosen, open, onOpen } = given;
  const cells = useMemo(
    () => (columns.length === 0 ? [] : createRow(table, id, original, index, 0).getVisibleCells()),
    [table, columns, id, original, index],
  );
  return (
    <div
      role="row"
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={boxed ? chosen : open || undefined}
      tabIndex={given.active ? 0 : -1}
      onFocus={() => given.onFocus(index)}
      onClick={(event) => {
        if (
          (event.target as HTMLElement).closest("a,button,input,label,[data-handle]") ||
          window.getSelection()?.toString()
        )
          return;
        onOpen?.(original);
      }}
      className={cn(
        "absolute top-0 left-0 grid w-full items-center border-b border-line outline-offset-[-2px]",
        onOpen && "cursor-pointer",
        chosen || open ? "bg-selected" : "hover:bg-hover",
      )}
      style={{
        height: given.height,
        transform: `translateY(${given.start}px)`,
        gridTemplateColumns: given.template,
      }}
    >
      {boxed ? (
        <div role="gridcell" className="flex justify-center">
          <Checkbox
            tabIndex={-1}
            label={<span className="sr-only">Choose this row</span>}
            checked={chosen}
            onChange={(event) => given.onToggle(index, (event.nativeEvent as MouseEvent).shiftKey)}
          />
        </div>
      ) : null}
      {cells.map((cell) => (
        <div
          key={cell.id}
          role="gridcell"
          className={cn(
            "flex min-w-0 items-center overflow-hidden px-2 whitespace-nowrap",
            cell.column.columnDef.meta?.align === "right" && "justify-end",
          )}
        >
          {flexRender(cell.column.columnDef.cell, cell.getContext())}
        </div>
      ))}
    </div>
  );
}

export const DataRow = memo(Row) as typeof Row;
