"use client";

import { type ColumnDef, type RowData, flexRender, getCoreRowModel, useReactTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";

import { Checkbox } from "@/components/ui/form";
import { isTyping } from "@/lib/keys";
import { cn } from "@/lib/cn";
import { number } from "@/lib/format";
import { DataRow } from "./data-row";

declare module "@tanstack/react-table" {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- the library's own names
  interface ColumnMeta<TData extends RowData, TValue> {
    /** What the api calls the order by this column; without it the heading does not sort. */
    sort?: string;
    /** Takes what width is left. */
    grow?: boolean;
    align?: "right";
    /** Leaves the table below this width of it, in pixels. */
    hideBelow?: number;
  }
}

export type Column<T> = ColumnDef<T, unknown>;

/** The table keeps columns and widths; its rows are made when they come into sight (`DataRow`), however many there are. */
const NO_ROWS: never[] = [];
/** The next page is asked for this many rows before the end. */
const AHEAD = 50;

type Given<T> = {
  /** Names the table for screen readers: "Incidents". */
  label: string;
  rows: T[];
  columns: Column<T>[];
  rowId: (row: T) => string;
  /** Enter, double click, or a click on the row. */
  onOpen?: (row: T) => void;
  /** The row whose detail is open. */
  openId?: string | null;
  /** Chosen rows; with both, each row has a box (x chooses, Shift with it a range). */
  chosen?: ReadonlySet<string>;
  onChoose?: (chosen: ReadonlySet<string>) => void;
  /** `-time`: descending by what the api calls `time`. */
  sort?: string;
  onSort?: (sort: string) => void;
  /** Reads the next page; called when the end comes near. */
  onEnd?: () => void;
  more?: boolean;
  loadingMore?: boolean;
  /** How many there are in all, where it is known. */
  total?: number;
  /** Drawn in place of rows where there are none. */
  empty?: ReactNode;
  loading?: boolean;
  /** Remembers widths and hidden columns in this browser. */
  name?: string;
  hidden?: readonly string[];
  rowHeight?: number;
  className?: string;
  /** Keys on the focused row: `{ "f": (row) => ... }`. */
  rowKeys?: Record<string, (row: T) => void>;
};

/**
 * A table of any length: only the rows in sight are drawn, widths are dragged at the headings, arrows or j and k move, Enter opens, x chooses.
 * It fills its parent, which gives it a height.
 */
export function DataTable<T>(given: Given<T>) {
  const { rows, columns, rowId, onOpen, onEnd, more, chosen, onChoose, hidden, rowHeight = 28 } = given;
  const scroller = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(0);
  const anchor = useRef(0);
  const [width, setWidth] = useState(1200);
  const [sizing, setSizing] = useState<Record<string, number>>({});

  useEffect(() => {
    if (!given.name) return;
    try {
      const kept = JSON.parse(localStorage.getItem(`table:${given.name}`) ?? "{}") as Record<string, number>;

      setSizing(kept);
    } catch {
      localStorage.removeItem(`table:${given.name}`);
    }
  }, [given.name]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const visible = useMemo(
    () =>
      columns.filter((column) => {
        const id = column.id ?? String((column as { accessorKey?: string }).accessorKey);
        return !hidden?.includes(id) && !(column.meta?.hideBelow !== undefined && width < column.meta.hideBelow);
      }),
    [columns, hidden, width],
  );

  // eslint-disable-next-line react-hooks/incompatible-library -- the table and the virtualizer are read in this component alone
  const table = useReactTable<T>({
    data: NO_ROWS,
    columns: visible,
    getCoreRowModel: getCoreRowModel(),
    manualSorting: true,
    columnResizeMode: "onChange",
    state: { columnSizing: sizing },
    onColumnSizingChange: (change) =>
      setSizing((before) => {
        const after = typeof change === "function" ? change(before) : change;
        if (given.name) localStorage.setItem(`table:${given.name}`, JSON.stringify(after));
        return after;
      }),
    defaultColumn: { size: 140, minSize: 48 },
  });
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    // What the server draws of rows that it has.
    initialRect: { width: 1200, height: 800 },
  });
  const items = virtual.getVirtualItems();
  const lastSeen = items[items.length - 1]?.index ?? -1;

  useEffect(() => {
    if (more && !given.loadingMore && lastSeen >= rows.length - AHEAD) onEnd?.();
  }, [more, given.loadingMore, lastSeen, rows.length, onEnd]);

  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const boxes = chosen !== undefined && onChoose !== undefined;
  const template =
    (boxes ? "32px " : "") +
    headers
      .map((header) =>
        header.column.columnDef.meta?.grow && !(header.column.id in sizing)
          ? `minmax(${header.getSize()}px, 1fr)`
          : `${header.getSize()}px`,
      )
      .join(" ");
  const least = headers.reduce((sum, header) => sum + header.getSize(), boxes ? 32 : 0);

  const toggle = useCallback(
    (index: number, range: boolean) => {
      if (chosen === undefined || onChoose === undefined) return;
      const next = new Set(chosen);
      const from = range ? Math.min(anchor.current, index) : index;
      const to = range ? Math.max(anchor.current, index) : index;
      const row = rows[index];
      const add = row === undefined || range || !next.has(rowId(row));
      for (const each of rows.slice(from, to + 1)) {
        if (add) next.add(rowId(each));
        else next.delete(rowId(each));
      }
      anchor.current = index;
      onChoose(next);
    },
    [chosen, onChoose, rows, rowId],
  );

  const focusRow = (index: number) => {
    const to = Math.max(0, Math.min(rows.length - 1, index));
    setFocused(to);
    virtual.scrollToIndex(to);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${to}"]`)?.focus({ preventScroll: true }),
    );
  };

  const pressed = (event: KeyboardEvent<HTMLDivElement>) => {
    if (isTyping(event.target) && (event.target as HTMLInputElement).type !== "checkbox") return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 2);
    const moves: Record<string, number> = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    const row = rows[focused];
    const step = moves[event.key];
    if (step !== undefined) focusRow(focused + step);
    else if (
      event.key === "Enter" &&
      event.target instanceof HTMLElement &&
      event.target.getAttribute("role") === "row" &&
      row
    )
      onOpen?.(row);
    else if ((event.key === "x" || event.key === "X") && boxes) toggle(focused, event.shiftKey);
    else if (row && given.rowKeys?.[event.key]) given.rowKeys[event.key]?.(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const active = Math.min(focused, Math.max(0, rows.length - 1));
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={given.label}
      aria-rowcount={given.total ?? (more ? -1 : rows.length + 1)}
      aria-multiselectable={boxes || undefined}
      aria-busy={given.loading || undefined}
      tabIndex={rows.length === 0 ? 0 : -1}
      onKeyDown={pressed}
      className={cn("relative h-full min-h-0 overflow-auto text-sm", given.className)}
    >
      <div role="rowgroup" className="sticky top-0 z-10 bg-canvas" style={{ minWidth: least }}>
        <div
          role="row"
          aria-rowindex={1}
          className="grid h-7 items-center border-b border-line"
          style={{ gridTemplateColumns: template }}
        >
          {boxes ? (
            <div role="columnheader" className="flex justify-center">
              <Checkbox
                label={<span className="sr-only">Choose all that are loaded</span>}
                checked={rows.length > 0 && rows.every((row) => chosen.has(rowId(row)))}
                onChange={(event) => onChoose(event.target.checked ? new Set(rows.map(rowId)) : new Set())}
              />
            </div>
          ) : null}
          {headers.map((header) => {
            const sortName = header.column.columnDef.meta?.sort;
            const direction =
              sortName === undefined
                ? null
                : given.sort === sortName
                  ? "ascending"
                  : given.sort === `-${sortName}`
                    ? "descending"
                    : "none";
            const text = flexRender(header.column.columnDef.header, header.getContext());
            return (
              <div
                key={header.id}
                role="columnheader"
                aria-sort={direction ?? undefined}
                className={cn(
                  "group relative flex h-full items-center px-2 font-medium text-ink-3",
                  header.column.columnDef.meta?.align === "right" && "justify-end",
                )}
              >
                {sortName !== undefined && given.onSort ? (
                  <button
                    type="button"
                    className="flex min-w-0 items-center gap-1 hover:text-ink"
                    onClick={() => given.onSort?.(direction === "descending" ? sortName : `-${sortName}`)}
                  >
                    <span className="truncate">{text}</span>
                    {direction === "ascending" ? (
                      <ArrowUp size={12} aria-hidden />
                    ) : direction === "descending" ? (
                      <ArrowDown size={12} aria-hidden />
                    ) : null}
                  </button>
                ) : (
                  <span className="truncate">{text}</span>
                )}
                <div
                  aria-hidden
                  onMouseDown={header.getResizeHandler()}
                  onTouchStart={header.getResizeHandler()}
                  onDoubleClick={() => header.column.resetSize()}
                  className="absolute top-1 right-0 bottom-1 w-1.5 cursor-col-resize touch-none border-r border-transparent group-hover:border-line-strong"
                />
              </div>
            );
          })}
        </div>
      </div>
      {given.loading && rows.length === 0 ? (
        <div role="rowgroup" style={{ minWidth: least }}>
          {Array.from({ length: 14 }, (_, index) => (
            <div
              key={index}
              role="row"
              className="flex items-center gap-3 border-b border-line px-2"
              style={{ height: rowHeight }}
            >
              <div
                role="gridcell"
                className="skeleton h-3"
                style={{ width: `${78 - ((index * 13) % 45)}%` }}
                aria-label="Loading"
              />
            </div>
          ))}
        </div>
      ) : null}
      {!given.loading && rows.length === 0 ? (
        <div role="rowgroup">
          <div role="row">
            <div role="gridcell">{given.empty}</div>
          </div>
        </div>
      ) : null}
      {rows.length > 0 ? (
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize(), minWidth: least }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const id = rowId(row);
            return (
              <DataRow
                key={id}
                table={table}
                columns={visible}
                original={row}
                id={id}
                index={item.index}
                start={item.start}
                height={rowHeight}
                template={template}
                boxed={boxes}
                chosen={chosen?.has(id) ?? false}
                open={given.openId === id}
                active={item.index === active}
                onOpen={onOpen}
                onFocus={setFocused}
                onToggle={toggle}
              />
            );
          })}
        </div>
      ) : null}
      {given.loadingMore ? <div className="sticky left-0 px-3 py-2 text-ink-3">Loading more …</div> : null}
      {!more && rows.length > 20 ? (
        <div className="sticky left-0 px-3 py-2 text-ink-3">All {number(rows.length)} shown</div>
      ) : null}
    </div>
  );
}
