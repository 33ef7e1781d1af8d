"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";

import { api, data, tagged } from "@/api/client";
import { Technique } from "@/components/data/attack";
import { PersonName } from "@/components/data/person";
import { SeverityLabel, SeverityMark, StateLabel } from "@/components/data/severity";
import { SidePanel } from "@/components/data/side-panel";
import { Loaded, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { type EntityType, Value } from "@/components/data/value";
import { useMay } from "@/components/shell/session";
import { Button, buttonClass } from "@/components/ui/button";
import { tacticName } from "@/lib/attack";
import { counted, words } from "@/lib/format";
import type { Incident } from "./address";
import { type Kind, VerdictLabel } from "./actions";
import { Age } from "./columns";
import { Deadline } from "./deadline";

/** As many as the panel shows before it sends to the page. */
const ENTITIES = 12;
const FINDINGS = 8;

/** The essentials of an incident beside the queue, and the quick actions. */
export function Preview({
  incidentId,
  row,
  onClose,
  onAct,
}: {
  incidentId: string;
  /** As the queue has it: drawn until the whole of it is there, and newer than it after a change. */
  row: Incident | undefined;
  onClose: () => void;
  onAct: (kind: Kind, incident: Incident) => void;
}) {
  const may = useMay("analyst");
  const params = { path: { incident_id: incidentId } };
  const whole = useQuery({
    queryKey: ["incidents", "one", incidentId],
    queryFn: () => tagged(api.GET("/api/v1/incidents/{incident_id}", { params })),
  });
  const timeline = useQuery({
    queryKey: ["incidents", "timeline", incidentId],
    queryFn: () => data(api.GET("/api/v1/incidents/{incident_id}/timeline", { params })),
  });
  const incident = row ?? whole.data?.value;
  const href = `/incidents/${incidentId}`;
  return (
    <SidePanel title={incident ? `Incident #${incident.number}` : "Incident"} onClose={onClose} pageHref={href}>
      {incident ? (
        <div className="flex flex-col gap-4 p-4">
          {whole.data?.value.redirect_to ? (
            <Notice tone="neutral">
              It was merged into{" "}
              <Link href={`/incidents/${whole.data.value.redirect_to}`} className="text-accent-ink hover:underline">
                another incident
              </Link>
              : work goes on there.
            </Notice>
          ) : null}
          <h3 className="text-lg font-semibold">{incident.title}</h3>
          {may ? (
            <div className="flex flex-wrap gap-1.5">
              <Button onClick={() => onAct("assign", incident)} title="Assign (a)">
                Assign
              </Button>
              <Button onClick={() => onAct("state", incident)} title="Change the state (s)">
                Change state
              </Button>
              <Button onClick={() => onAct("verdict", incident)} title="Give a verdict (v)">
                Give verdict
              </Button>
              <Button onClick={() => onAct("comment", incident)} title="Comment (c)">
                Comment
              </Button>
              <Link href={href} className={buttonClass("primary")} title="Open the incident (o)">
                Open incident
              </Link>
            </div>
          ) : (
            <Link href={href} className={`${buttonClass("primary")} self-start`} title="Open the incident (o)">
              Open incident
            </Link>
          )}
          <dl className="grid grid-cols-2 gap-x-4 gap-y-2">
            <Fact name="Severity">
              <SeverityLabel severity={incident.severity} />
            </Fact>
            <Fact name="Risk">{Math.round(incident.risk)} of 100</Fact>
            <Fact name="State">
              <StateLabel state={incident.state} />
            </Fact>
            <Fact name="Verdict">
              <VerdictLabel verdict={incident.verdict} />
            </Fact>
            <Fact name="Assignee">
              <PersonName id={incident.assignee_id} />
            </Fact>
            <Fact name="Service level">
              <Deadline incident={incident} />
            </Fact>
            <Fact name="First finding">{incident.first_at ? <Time value={incident.first_at} /> : "None"}</Fact>
            <Fact name="Last finding">{incident.last_at ? <Time value={incident.last_at} /> : "None"}</Fact>
            <Fact name="Age">
              <Age since={incident.created_at} />
            </Fact>
            <Fact name="Findings">{counted(incident.finding_count, "finding")}</Fact>
          </dl>
          <Part title="Why it is an incident">
            <Loaded query={whole} what="The incident">
              {({ value }) => (
                <ul className="list-disc pl-4 text-ink-2">
                  {value.risk_reasons.slice(0, 6).map((reason) => (
                    <li key={reason}>{reason.replace(/`([^`]*)`/g, "“$1”")}</li>
                  ))}
                  {value.risk_reasons.length === 0 ? <li>Its findings add up to no risk</li> : null}
                </ul>
              )}
            </Loaded>
          </Part>
          <Part title="ATT&CK">
            {incident.tactics.length === 0 && incident.techniques.length === 0 ? (
              <p className="text-ink-3">No rule that fired names a tactic</p>
            ) : (
              <>
                <p className="text-ink-2">{incident.tactics.map(tacticName).join(", ")}</p>
                <div className="mt-1.5 flex flex-wrap gap-1">
                  {incident.techniques.map((id) => (
                    <Technique key={id} id={id} />
                  ))}
                </div>
              </>
            )}
          </Part>
          <Part title="Entities">
            <ul className="flex flex-col">
              {incident.entities.slice(0, ENTITIES).map((entity) => (
                <li
                  key={`${entity.type} ${entity.value}`}
                  className="flex min-h-7 items-center gap-3 border-b border-line"
                >
                  <span className="w-24 shrink-0 truncate text-sm text-ink-3">{words(entity.type)}</span>
                  <Value value={entity.value} entity={entity.type as EntityType} className="min-w-0 flex-1 truncate" />
                  {entity.role ? <span className="text-sm text-ink-3">{words(entity.role)}</span> : null}
                </li>
              ))}
            </ul>
            {incident.entities.length > ENTITIES ? (
              <More href={href}>{counted(incident.entities.length - ENTITIES, "more entity", "more entities")}</More>
            ) : null}
          </Part>
          <Part title="Latest findings">
            <Loaded query={timeline} what="The findings">
              {({ items }) => (
                <>
                  <ol className="flex flex-col">
                    {items
                      .slice(-FINDINGS)
                      .reverse()
                      .map((item) => (
                        <li key={item.finding_id} className="flex min-h-7 items-center gap-2 border-b border-line">
                          <SeverityMark severity={item.level} />
                          <Link
                            href={`/findings/${item.finding_id}`}
                            prefetch={false}
                            className="min-w-0 flex-1 truncate hover:underline"
                            title={item.title}
                          >
                            {item.title}
                          </Link>
                          <Time value={item.time} parts="minute" className="shrink-0 text-sm text-ink-3" />
                        </li>
                      ))}
                  </ol>
                  {incident.finding_count > FINDINGS ? (
                    <More href={href}>{counted(incident.finding_count - FINDINGS, "more finding")}</More>
                  ) : null}
                </>
              )}
            </Loaded>
          </Part>
        </div>
      ) : (
        <Loaded query={whole} what="The incident">
          {() => null}
        </Loaded>
      )}
    </SidePanel>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-sm text-ink-3">{name}</dt>
    <dd className="min-w-0 truncate">{children}</dd>
  </div>
);

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section>
    <h4 className="mb-1 font-semibold">{title}</h4>
    {children}
  </section>
);

const More = ({ href, children }: { href: string; children: ReactNode }) => (
  <Link href={href} className="mt-1 inline-block text-accent-ink hover:underline">
    {children}
  </Link>
);
