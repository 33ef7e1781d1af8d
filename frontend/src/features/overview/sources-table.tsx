import Link from "next/link";

import type { Schema } from "@/api/client";
import { Empty } from "@/components/data/states";
import { buttonClass } from "@/components/ui/button";
import { percent } from "@/lib/format";
import { durationText } from "@/lib/time";
import type { Overview } from "./model";
import { Count } from "./open-incidents";

/** What came of each log source in these days, and whether it is silent now. */
export function SourcesTable({
  overview,
  days,
  sources,
}: {
  overview: Overview;
  days: number;
  sources: Schema<"Sources"> | undefined;
}) {
  if (overview.sources.length === 0)
    return (
      <Empty
        className="py-6"
        title="Nothing came in these days"
        action={
          <Link href="/sources/add" className={buttonClass()}>
            Add a source
          </Link>
        }
      />
    );
  const span = `from=-${days}d`;
  const silent = (name: string) => sources?.items.filter((source) => source.name === name && source.silent) ?? [];
  return (
    <div role="region" aria-label="Events per source" tabIndex={0} className="max-h-72 overflow-auto">
      <table className="w-full text-sm">
        <thead>
          <tr className="text-ink-3">
            {["Source", "Received", "Events", "Skipped", "Malformed", "Duplicates", "Now"].map((name, place) => (
              <th
                key={name}
                scope="col"
                className={`sticky top-0 bg-canvas py-1 font-medium ${place === 0 ? "text-left" : "pl-3 text-right"}`}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {overview.sources.map((row) => {
            const named = row.name !== "";
            const of = named ? `&source=${encodeURIComponent(row.name)}` : "";
            const account = `/sources/completeness?${span}${named ? of : "&source="}`;
            const quiet = silent(row.name);
            return (
              <tr key={row.name} className="h-7 border-t border-line">
                <th scope="row" className="max-w-48 truncate text-left font-normal">
                  {named ? (
                    <Link
                      href={`/sources/receipts?${span}${of}`}
                      prefetch={false}
                      className="font-mono hover:underline"
                    >
                      {row.name}
                    </Link>
                  ) : (
                    <span className="text-ink-2" title="Records that became no event, of whichever source">
                      no event
                    </span>
                  )}
                </th>
                <td className="pl-3 text-right">
                  <Count value={row.received} href={account} />
                </td>
                <td className="pl-3 text-right">
                  <Count value={row.events} href={account} />
                  {row.received > 0 && named && row.events < row.received ? (
                    <span className="ml-1 text-ink-3">{percent(row.events / row.received)}</span>
                  ) : null}
                </td>
                <td className="pl-3 text-right">
                  <Count value={row.skipped} href={account} />
                </td>
                <td className="pl-3 text-right">
                  <Count value={row.malformed} href={account} />
                </td>
                <td className="pl-3 text-right">
                  <Count value={row.duplicates} href={account} />
                </td>
                <td className="pl-3 text-right whitespace-nowrap">
                  {quiet.length > 0 ? (
                    <Link href="/sources" prefetch={false} className="text-warn-ink hover:underline">
                      silent {durationText(Math.min(...quiet.map((source) => source.silent_seconds)))}
                    </Link>
                  ) : sources && named ? (
                    <span className="text-ink-3">no gap</span>
                  ) : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
