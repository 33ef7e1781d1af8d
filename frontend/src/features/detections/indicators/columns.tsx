import type { Column } from "@/components/data/data-table";
import { SeverityMark } from "@/components/data/severity";
import { Time, useNow } from "@/components/data/time";
import { number } from "@/lib/format";
import { type Indicator, TYPES, indicatorState } from "./types";

const Cut = ({ children, className }: { children: string; className?: string }) => (
  <span className={className ? `truncate ${className}` : "truncate"} title={children}>
    {children}
  </span>
);

function State({ indicator }: { indicator: Indicator }) {
  const now = useNow()?.getTime() ?? 0;
  const state = indicatorState(indicator, now);
  return <span className={state === "Active" ? "text-good-ink" : "text-ink-3"}>{state}</span>;
}

export const indicatorColumns: Column<Indicator>[] = [
  {
    id: "level",
    header: "Level",
    size: 52,
    cell: ({ row }) => <SeverityMark severity={row.original.level} />,
  },
  {
    id: "value",
    header: "Value",
    size: 240,
    meta: { grow: true },
    cell: ({ row }) => <Cut className="font-mono text-[12px]">{row.original.value}</Cut>,
  },
  {
    id: "type",
    header: "Type",
    size: 116,
    meta: { hideBelow: 560 },
    cell: ({ row }) => TYPES[row.original.type],
  },
  {
    id: "title",
    header: "Title",
    size: 220,
    meta: { hideBelow: 760 },
    cell: ({ row }) => <Cut>{row.original.title}</Cut>,
  },
  {
    id: "source",
    header: "Source",
    size: 150,
    meta: { hideBelow: 980 },
    cell: ({ row }) => <Cut className="text-ink-2">{row.original.source}</Cut>,
  },
  { id: "state", header: "State", size: 72, cell: ({ row }) => <State indicator={row.original} /> },
  {
    id: "hits",
    header: "Findings",
    size: 76,
    meta: { align: "right" },
    cell: ({ row }) => <span className={row.original.hits === 0 ? "text-ink-3" : ""}>{number(row.original.hits)}</span>,
  },
  {
    id: "last_hit_at",
    header: "Last finding",
    size: 100,
    meta: { hideBelow: 860 },
    cell: ({ row }) =>
      row.original.last_hit_at ? (
        <Time value={row.original.last_hit_at} relative />
      ) : (
        <span className="text-ink-3">none</span>
      ),
  },
  {
    id: "expires_at",
    header: "Expires",
    size: 100,
    meta: { hideBelow: 1060 },
    cell: ({ row }) =>
      row.original.expires_at ? (
        <Time value={row.original.expires_at} parts="day" />
      ) : (
        <span className="text-ink-3">never</span>
      ),
  },
  {
    id: "created_at",
    header: "Added",
    size: 90,
    meta: { hideBelow: 1160 },
    cell: ({ row }) => <Time value={row.original.created_at} relative />,
  },
];
