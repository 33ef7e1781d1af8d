import type { ReactNode } from "react";

/** A short table: all rows are drawn. Long lists are a `DataTable`. */
export function ShortTable({ label, heads, children }: { label: string; heads: ReactNode[]; children: ReactNode }) {
  return (
    <div className="relative overflow-x-auto" role="region" aria-label={label} tabIndex={0}>
      <table className="w-full text-left text-sm [&_td]:py-1.5 [&_td]:pr-4 [&_th]:py-1.5 [&_th]:pr-4 [&_tbody>tr:not(:last-child)>*]:border-b [&_tbody>tr>*]:border-line">
        <thead className="text-ink-3">
          <tr className="border-b border-line">
            {heads.map((head, index) => (
              <th key={index} scope="col" className="font-medium whitespace-nowrap">
                {head === "" ? <span className="sr-only">Actions</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
