import Link from "next/link";

import { SeverityLabel } from "@/components/data/severity";
import { number } from "@/lib/format";
import { SEVERITIES } from "@/lib/severity";
import { type Overview, daysBefore, incidentsHref } from "./model";

/** A number that opens what it counts; nothing is a dash and no link. */
export function Count({ value, href, strong }: { value: number; href: string; strong?: boolean }) {
  if (value === 0) return <span className="text-ink-3">0</span>;
  return (
    <Link href={href} prefetch={false} className={strong ? "font-semibold hover:underline" : "hover:underline"}>
      {number(value)}
    </Link>
  );
}

/** Open incidents by severity and age. */
export function OpenIncidents({ overview }: { overview: Overview }) {
  const rows = SEVERITIES.map((severity) => ({
    severity,
    counts: overview.open_incidents.find((row) => row.severity === severity),
  }));
  const columns = [
    { name: "Open", of: "total", more: {} },
    { name: "New", of: "new", more: { state: "new" } },
    { name: "Unassigned", of: "unassigned", more: { assignee: "none" } },
    { name: "> 1 day", of: "older_than_a_day", more: { created_before: daysBefore(overview.before, 1) } },
    { name: "> 1 week", of: "older_than_a_week", more: { created_before: daysBefore(overview.before, 7) } },
  ] as const;
  return (
    <table className="w-full text-sm">
      <thead>
        <tr className="border-b border-line text-ink-3">
          <th scope="col" className="py-1 text-left font-medium">
            Severity
          </th>
          {columns.map((column) => (
            <th key={column.name} scope="col" className="py-1 pl-2 text-right font-medium whitespace-nowrap">
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ severity, counts }) => (
          <tr key={severity} className="h-7 border-b border-line">
            <th scope="row" className="text-left font-normal">
              <span className="flex">
                <SeverityLabel severity={severity} />
              </span>
            </th>
            {columns.map((column) => (
              <td key={column.name} className="pl-2 text-right">
                <Count
                  value={counts?.[column.of] ?? 0}
                  strong={column.of === "total"}
                  href={incidentsHref({ severity, ...column.more })}
                />
              </td>
            ))}
          </tr>
        ))}
        <tr className="h-7">
          <th scope="row" className="text-left font-medium">
            All
          </th>
          {columns.map((column) => (
            <td key={column.name} className="pl-2 text-right">
              <Count
                value={overview.open_incidents.reduce((sum, row) => sum + row[column.of], 0)}
                strong
                href={incidentsHref(column.more)}
              />
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}
