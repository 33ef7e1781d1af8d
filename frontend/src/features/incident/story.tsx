"use client";

import { TacticStrip, Technique } from "@/components/data/attack";
import { Empty, Loaded, Notice } from "@/components/data/states";
import { Value } from "@/components/data/value";
import { Section } from "@/components/shell/page";
import { useState } from "react";

import { counted, number, words } from "@/lib/format";
import { type Incident, useTimeline } from "./incident";
import { PhaseAxis } from "./phase-axis";
import { Timeline } from "./timeline";
import { distinct, tacticCounts } from "./story-model";

const ENTITIES = 12;

/** Why the incident exists, and what happened in which order. */
export function Story({
  incident,
  openId,
  onOpen,
}: {
  incident: Incident;
  openId: string;
  onOpen: (findingId: string) => void;
}) {
  const timeline = useTimeline(incident.incident_id);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  return (
    <div
      ref={setScroller}
      role="region"
      aria-label="Story"
      tabIndex={0}
      className="h-full min-h-0 flex-1 overflow-y-auto"
    >
      <div className="grid gap-x-8 gap-y-4 px-4 py-3 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <Section title="Why it is an incident" beside={`risk ${Math.round(incident.risk)} of 100`}>
          {incident.risk_reasons.length === 0 ? (
            <p className="text-ink-2">Its risk has no reasons on record.</p>
          ) : (
            <ul className="grid gap-x-6 text-ink-2 sm:grid-cols-2 xl:grid-cols-1 2xl:grid-cols-2">
              {incident.risk_reasons.map((reason) => (
                <li key={reason} className="border-b border-line py-0.5">
                  <Reason text={reason} />
                </li>
              ))}
            </ul>
          )}
        </Section>
        <Entities incident={incident} />
      </div>
      <div className="px-4 pb-3">
        <Section title="ATT&CK" beside={counted(incident.tactics.length, "tactic")}>
          <TacticStrip
            className="md:grid-cols-8 2xl:grid-cols-15"
            tactics={incident.tactics}
            counts={timeline.data ? tacticCounts(timeline.data.items) : undefined}
          />
          {incident.techniques.length > 0 ? (
            <p className="mt-2 flex flex-wrap gap-1">
              {[...incident.techniques].sort().map((technique) => (
                <Technique key={technique} id={technique} />
              ))}
            </p>
          ) : null}
        </Section>
      </div>
      <Loaded query={timeline} what="The timeline">
        {({ items, truncated }) =>
          items.length === 0 ? (
            <Empty title="No finding of this incident is kept any more">
              Findings are kept as long as the organization&apos;s retention says; the incident stays.
            </Empty>
          ) : (
            <>
              <div className="px-4 pb-4">
                <Section title="Phases">
                  <PhaseAxis items={items} openId={openId} onOpen={onOpen} />
                </Section>
              </div>
              <div className="px-4">
                <h2 className="font-semibold">Timeline</h2>
              </div>
              {truncated ? (
                <Notice className="mx-4 my-2">
                  The newest {number(items.length)} of {number(incident.finding_count)} findings are shown here. The
                  Findings tab lists all of them.
                </Notice>
              ) : null}
              <Timeline incident={incident} items={items} scroller={scroller} openId={openId} onOpen={onOpen} />
            </>
          )
        }
      </Loaded>
    </div>
  );
}

/** A reason of the risk: "high `Rule title`, 3 findings" with the rule's title set apart. */
export function Reason({ text }: { text: string }) {
  const parts = text.split("`");
  return (
    <>
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          <span key={index} className="font-medium text-ink">
            {part}
          </span>
        ) : (
          <span key={index}>{index === 0 ? words(part.trimEnd()) + (part.endsWith(" ") ? " " : "") : part}</span>
        ),
      )}
    </>
  );
}

function Entities({ incident }: { incident: Incident }) {
  const [all, setAll] = useState(false);
  const entities = distinct(incident.entities);
  const shown = all ? entities : entities.slice(0, ENTITIES);
  return (
    <Section title="Entities" beside={counted(entities.length, "entity", "entities")}>
      <ul className="grid grid-cols-1 gap-x-6 sm:grid-cols-2">
        {shown.map((entity) => (
          <li
            key={`${entity.type} ${entity.value}`}
            className="flex min-w-0 items-baseline gap-2 border-b border-line py-0.5"
          >
            <span className="w-20 shrink-0 truncate text-sm text-ink-3">{words(entity.type)}</span>
            <Value value={entity.value} entity={entity.type} />
            {entity.role && entity.role !== "related" ? (
              <span className="ml-auto shrink-0 text-sm text-ink-3">{entity.role}</span>
            ) : null}
          </li>
        ))}
      </ul>
      {entities.length > ENTITIES ? (
        <button type="button" className="mt-1 text-sm text-accent-ink hover:underline" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${number(entities.length)}`}
        </button>
      ) : null}
    </Section>
  );
}
