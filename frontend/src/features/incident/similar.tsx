"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";

import { api, data } from "@/api/client";
import { Technique } from "@/components/data/attack";
import { SeverityMark, StateLabel } from "@/components/data/severity";
import { Empty, Loaded } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Value } from "@/components/data/value";
import { PageBody } from "@/components/shell/page";
import { counted, words } from "@/lib/format";
import type { Incident } from "./incident";

/** Incidents that share entities or techniques, the closest first, with what they share. */
export default function Similar({ incident }: { incident: Incident }) {
  const similar = useQuery({
    queryKey: ["incidents", "similar", incident.incident_id],
    queryFn: () =>
      data(
        api.GET("/api/v1/incidents/{incident_id}/similar", {
          params: { path: { incident_id: incident.incident_id }, query: { limit: 50 } },
        }),
      ),
  });
  return (
    <PageBody label="Similar incidents">
      <Loaded query={similar} what="Similar incidents">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No other incident shares an entity or technique with this one" />
          ) : (
            <ul>
              {items.map(({ incident: other, shared_entities, shared_techniques }) => (
                <li key={other.incident_id} className="border-b border-line px-4 py-2">
                  <div className="flex flex-wrap items-baseline gap-x-2">
                    <SeverityMark severity={other.severity} className="self-center" />
                    <span className="text-ink-3">#{other.number}</span>
                    <Link
                      href={`/incidents/${other.incident_id}`}
                      prefetch={false}
                      className="min-w-0 font-medium hover:underline"
                    >
                      {other.title}
                    </Link>
                    <StateLabel state={other.state} />
                    {other.verdict ? <span className="text-sm text-ink-2">{words(other.verdict)}</span> : null}
                    <span className="ml-auto text-sm text-ink-3">
                      {counted(other.finding_count, "finding")}
                      {other.last_at ? (
                        <>
                          , last <Time value={other.last_at} parts="minute" />
                        </>
                      ) : null}
                    </span>
                  </div>
                  {shared_entities.length > 0 ? (
                    <p className="mt-1 flex flex-wrap items-baseline gap-x-3 text-sm text-ink-2">
                      Both name
                      {shared_entities.slice(0, 12).map((each) => (
                        <Value key={`${each.type} ${each.value}`} value={each.value} entity={each.type} />
                      ))}
                      {shared_entities.length > 12 ? `and ${shared_entities.length - 12} more` : null}
                    </p>
                  ) : null}
                  {shared_techniques.length > 0 ? (
                    <p className="mt-1 flex flex-wrap items-baseline gap-1 text-sm text-ink-2">
                      Both show
                      {shared_techniques.map((each) => (
                        <Technique key={each} id={each} />
                      ))}
                    </p>
                  ) : null}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </PageBody>
  );
}
