import Link from "next/link";

import type { Schema } from "@/api/client";
import { SeverityMark } from "@/components/data/severity";
import { Empty } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Value } from "@/components/data/value";
import { number } from "@/lib/format";
import { type Overview } from "./model";

/** The open incidents that came last. */
export function NewestIncidents({ incidents }: { incidents: Schema<"Incident">[] }) {
  if (incidents.length === 0)
    return (
      <Empty className="py-6" title="No open incidents">
        Findings that belong together become an incident.
      </Empty>
    );
  return (
    <ol className="text-sm">
      {incidents.map((incident) => (
        <li key={incident.incident_id} className="flex h-7 items-center gap-2 border-t border-line">
          <SeverityMark severity={incident.severity} />
          <Link
            href={`/incidents/${incident.incident_id}`}
            prefetch={false}
            className="min-w-0 flex-1 truncate hover:underline"
            title={incident.title}
          >
            <span className="text-ink-3">#{incident.number}</span> {incident.title}
          </Link>
          <span className="shrink-0 text-ink-3">
            <Time value={incident.created_at} relative />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** The entities with most risk, with the first reason for it. */
export function RiskyEntities({ entities }: { entities: Overview["entities"] }) {
  if (entities.length === 0)
    return (
      <Empty className="py-6" title="No entity has risk in this time">
        Risk adds up from findings that name a user, a host, an address or another entity.
      </Empty>
    );
  const most = Math.max(...entities.map((entity) => entity.risk), 1);
  return (
    <ol className="text-sm">
      {entities.map((entity) => (
        <li key={entity.entity_id} className="flex h-7 items-center gap-2 border-t border-line">
          <span className="w-20 shrink-0 truncate text-ink-3">{entity.type.replaceAll("_", " ")}</span>
          <span className="flex min-w-0 flex-1" title={entity.risk_reasons.join("\n")}>
            <Value value={entity.value} entity={entity.type} />
          </span>
          <span aria-hidden className="hidden h-1.5 w-16 shrink-0 overflow-hidden rounded-sm bg-hover sm:block">
            <span className="block h-full bg-accent" style={{ width: `${(entity.risk / most) * 100}%` }} />
          </span>
          <span className="w-12 shrink-0 text-right" title="Risk">
            {number(Math.round(entity.risk))}
          </span>
        </li>
      ))}
    </ol>
  );
}
