"use client";

import { ChevronDown, ChevronUp, Columns3, X } from "lucide-react";
import { useMemo, useState } from "react";

import { asProblem } from "@/api/problem";
import { Button, IconButton } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { Popover } from "@/components/ui/overlay";
import { number } from "@/lib/format";
import { useFields } from "./field-picker";
import { type Row, attributesIn } from "./results";

export const FIRST_COLUMNS = ["time", "source", "what", "entities"];
export const TITLES: Readonly<Record<string, string>> = {
  time: "Time",
  source: "Source",
  what: "What happened",
  entities: "Entities",
  class_uid: "OCSF class",
  event_id: "Event",
  raw: "Record",
};
export const titleOf = (name: string): string => TITLES[name] ?? name;
const OWN = ["time", "source", "what", "entities", "class_uid", "event_id"];
const SHOWN = 60;

/** Which columns the table has and in which order: attributes of the loaded events first, and any other by search. */
export function ColumnChooser({
  columns,
  rows,
  onColumns,
}: {
  columns: readonly string[];
  rows: readonly Row[];
  onColumns: (columns: string[]) => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label="Columns"
      align="end"
      open={open}
      onOpenChange={setOpen}
      className="w-[340px] max-w-[calc(100vw-16px)] p-0"
      trigger={
        <Button small>
          <Columns3 size={13} aria-hidden />
          Columns
        </Button>
      }
    >
      {open ? <Chooser columns={columns} rows={rows} onColumns={onColumns} /> : null}
    </Popover>
  );
}

function Chooser({
  columns,
  rows,
  onColumns,
}: {
  columns: readonly string[];
  rows: readonly Row[];
  onColumns: (columns: string[]) => void;
}) {
  const [typed, setTyped] = useState("");
  const fields = useFields(typed.trim(), typed.trim() !== "");
  const here = useMemo(() => attributesIn(rows), [rows]);
  const needle = typed.trim().toLowerCase();
  const inRows = here.filter((each) => each.name.toLowerCase().includes(needle));
  const known = new Set(here.map((each) => each.name));
  const others =
    needle === ""
      ? []
      : (fields.data?.items ?? []).filter(
          (each) => each.kind !== null && !known.has(each.name) && !OWN.includes(each.name),
        );
  const move = (at: number, by: number) => {
    const next = [...columns];
    const [taken] = next.splice(at, 1);
    if (taken !== undefined) next.splice(at + by, 0, taken);
    onColumns(next);
  };
  const toggle = (name: string) =>
    onColumns(columns.includes(name) ? columns.filter((each) => each !== name) : [...columns, name]);
  return (
    <div className="flex max-h-[70vh] flex-col">
      <div className="border-b border-line p-2">
        <Input
          autoFocus
          aria-label="Search attributes"
          placeholder="Search attributes"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-1">
        <ul aria-label="Shown columns">
          {columns.map((name, at) => (
            <li key={name} className="flex h-7 items-center gap-1 rounded-sm pr-1 pl-2 hover:bg-hover">
              <span className="min-w-0 flex-1 truncate">
                {TITLES[name] ?? <span className="font-mono text-sm">{name}</span>}
              </span>
              <IconButton
                small
                label={`Move ${titleOf(name)} forward`}
                disabled={at === 0}
                onClick={() => move(at, -1)}
              >
                <ChevronUp size={13} aria-hidden />
              </IconButton>
              <IconButton
                small
                label={`Move ${titleOf(name)} back`}
                disabled={at === columns.length - 1}
                onClick={() => move(at, 1)}
              >
                <ChevronDown size={13} aria-hidden />
              </IconButton>
              <IconButton
                small
                label={`Leave out ${titleOf(name)}`}
                disabled={columns.length === 1}
                onClick={() => toggle(name)}
              >
                <X size={13} aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
        <h3 className="mt-1 border-t border-line px-2 pt-1.5 text-sm text-ink-3">In the events shown</h3>
        <ul aria-label="Attributes of the events shown">
          {OWN.filter((name) => !columns.includes(name) && titleOf(name).toLowerCase().includes(needle)).map((name) => (
            <Add key={name} name={name} onAdd={toggle} />
          ))}
          {inRows
            .filter((each) => !columns.includes(each.name))
            .slice(0, SHOWN)
            .map((each) => (
              <Add key={each.name} name={each.name} count={each.rows} onAdd={toggle} />
            ))}
        </ul>
        {inRows.length > SHOWN ? (
          <p className="px-2 py-1 text-sm text-ink-3">{number(inRows.length - SHOWN)} more: search for them</p>
        ) : null}
        {others.length > 0 ? (
          <>
            <h3 className="mt-1 border-t border-line px-2 pt-1.5 text-sm text-ink-3">Other attributes</h3>
            <ul aria-label="Other attributes">
              {others
                .filter((each) => !columns.includes(each.name))
                .slice(0, SHOWN)
                .map((each) => (
                  <Add key={each.name} name={each.name} onAdd={toggle} />
                ))}
            </ul>
          </>
        ) : null}
        {fields.isError ? (
          <p role="alert" className="px-2 py-1 text-danger-ink">
            Other attributes could not be loaded: {asProblem(fields.error).message}
          </p>
        ) : null}
      </div>
      <div className="border-t border-line p-1.5">
        <Button small look="quiet" onClick={() => onColumns([...FIRST_COLUMNS])}>
          As at first
        </Button>
      </div>
    </div>
  );
}

function Add({ name, count, onAdd }: { name: string; count?: number; onAdd: (name: string) => void }) {
  return (
    <li>
      <button
        type="button"
        aria-label={`Show ${titleOf(name)}`}
        onClick={() => onAdd(name)}
        className="flex min-h-7 w-full items-center gap-2 rounded-sm px-2 text-left hover:bg-hover"
      >
        <span className="min-w-0 flex-1 truncate">
          {TITLES[name] ?? <span className="font-mono text-sm">{name}</span>}
        </span>
        {count !== undefined ? <span className="text-sm text-ink-3">{number(count)}</span> : null}
      </button>
    </li>
  );
}
