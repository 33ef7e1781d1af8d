"use client";

import { useQuery } from "@tanstack/react-query";
import { Crosshair } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Risk } from "@/components/data/risk";
import { SeverityMark, StateLabel } from "@/components/data/severity";
import { SidePanel } from "@/components/data/side-panel";
import { Empty, Loaded, Notice, Skeleton } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { HuntTimesProvider, Value, huntHref, quoted } from "@/components/data/value";
import { PageBody, PageHead, Section } from "@/components/shell/page";
import { buttonClass } from "@/components/ui/button";
import { Select } from "@/components/ui/form";
import { useAddress } from "@/lib/address";
import { counted, number } from "@/lib/format";
import { visible } from "@/lib/visible";
import { EntityFindings } from "./entity-findings";
import { RiskChart } from "./risk-chart";
import { isEntityType, typeLabel } from "./types";

const FindingDetail = dynamic(() => import("@/features/findings/finding-detail").then((each) => each.FindingDetail), {
  loading: () => <Skeleton className="p-4" lines={8} />,
});

const DAY = 86_400_000;
type Whole = Schema<"WholeEntity">;

/** What is known about an entity: its risk and why, its findings, whom it is named with, and where to look on. */
export function EntityPage({ type, value }: { type: string; value: string }) {
  const known = isEntityType(type) && value !== "";
  const entity = useQuery({
    queryKey: ["entities", "by-value", type, value],
    queryFn: () =>
      data(
        api.GET("/api/v1/entities/by-value", {
          params: { query: { type: isEntityType(type) ? type : "user", value } },
        }),
      ),
    enabled: known,
  });
  const address = useAddress();
  const openId = address.get("open");
  const query = `entity = ${quoted(`${type}:${value}`)}`;
  const found = entity.data;
  const times = found ? around(found) : null;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <PageHead
        title={<span className="font-mono text-base break-all">{value === "" ? "Entity" : visible(value)}</span>}
        beside={<span className="text-ink-2">{typeLabel(type)}</span>}
        actions={
          known ? (
            <Link href={huntHref(query, times)} prefetch={false} className={buttonClass("secondary")}>
              <Crosshair size={14} aria-hidden />
              Hunt around it
            </Link>
          ) : null
        }
      />
      <div className="flex min-h-0 flex-1">
        <PageBody label="The entity">
          {!known ? (
            <Empty title="The address names no entity">
              It needs a type that is known and a value.{" "}
              <Link href="/entities" className="text-accent-ink hover:underline">
                See all entities
              </Link>
              .
            </Empty>
          ) : entity.isError && asProblem(entity.error).status === 404 ? (
            <Empty
              title="In no finding yet"
              action={
                <Link href={huntHref(query)} prefetch={false} className={buttonClass("primary")}>
                  Hunt for it
                </Link>
              }
            >
              No finding names it. Events may: a hunt looks in all that are kept.
            </Empty>
          ) : (
            <Loaded query={entity} what="The entity" skeleton={<Skeleton className="p-4" lines={10} />}>
              {(whole) => (
                <HuntTimesProvider value={around(whole)}>
                  <Body entity={whole} />
                </HuntTimesProvider>
              )}
            </Loaded>
          )}
        </PageBody>
        {openId !== "" ? (
          <SidePanel title="Finding" pageHref={`/findings/${openId}`} onClose={() => address.push({ open: null })}>
            <FindingDetail key={openId} findingId={openId} />
          </SidePanel>
        ) : null}
      </div>
    </div>
  );
}

/** From a day before it was first named to a day after the last; the last 30 days of that where it is longer. */
function around(entity: Whole): { from: string; to: string } {
  const last = new Date(entity.last_seen_at).getTime() + DAY;
  const first = Math.max(new Date(entity.first_seen_at).getTime() - DAY, last - 31 * DAY);
  return { from: new Date(first).toISOString(), to: new Date(last).toISOString() };
}

function Body({ entity }: { entity: Whole }) {
  return (
    <div className="grid gap-x-8 gap-y-6 p-4 xl:grid-cols-[minmax(0,1fr)_400px]">
      <div className="flex min-w-0 flex-col gap-6">
        <Facts entity={entity} />
        <OverTime entity={entity} />
        <EntityFindings entity={entity} />
      </div>
      <div className="flex min-w-0 flex-col gap-6">
        <Incidents entity={entity} />
        <Peers entity={entity} />
      </div>
    </div>
  );
}

function Facts({ entity }: { entity: Whole }) {
  return (
    <div>
      <dl className="flex flex-wrap gap-x-8 gap-y-2">
        <Fact label="Risk">
          <Risk value={entity.risk} />
        </Fact>
        <Fact label="Open findings">{number(entity.findings)}</Fact>
        <Fact label="First seen in a finding">
          <Time value={entity.first_seen_at} />
        </Fact>
        <Fact label="Last seen">
          <Time value={entity.last_seen_at} />{" "}
          <span className="text-ink-3">
            <Time value={entity.last_seen_at} relative />
          </span>
        </Fact>
      </dl>
      {entity.risk_reasons.length > 0 ? (
        <ul aria-label="Why it has this risk" className="mt-2 list-disc pl-4 text-ink-2">
          {entity.risk_reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

const Fact = ({ label, children }: { label: string; children: React.ReactNode }) => (
  <div>
    <dt className="text-sm text-ink-3">{label}</dt>
    <dd>{children}</dd>
  </div>
);

const useDays = () => {
  const { get } = useAddress();
  return get("days") === "90" || get("days") === "365" ? Number(get("days")) : 30;
};

/** The range that risk and peers are asked for: none, the api's own, for 30 days. */
function timesOf(entity: Whole, days: number): { first_at?: string; before?: string } {
  if (days === 30) return {};
  const end = (Math.floor(new Date(entity.last_seen_at).getTime() / DAY) + 1) * DAY;
  return { first_at: new Date(end - days * DAY).toISOString(), before: new Date(end).toISOString() };
}

function OverTime({ entity }: { entity: Whole }) {
  const { push } = useAddress();
  const days = useDays();
  const query = timesOf(entity, days);
  const risk = useQuery({
    queryKey: ["entities", entity.entity_id, "risk", query],
    queryFn: () =>
      data(api.GET("/api/v1/entities/{entity_id}/risk", { params: { path: { entity_id: entity.entity_id }, query } })),
  });
  return (
    <Section
      title="Over time"
      beside={
        <label className="mr-7 flex items-center gap-1.5">
          <span>Up to its last finding</span>
          <Select
            className="h-6 w-auto text-sm"
            value={days}
            onChange={(event) => push({ days: event.target.value === "30" ? null : event.target.value })}
          >
            {[30, 90, 365].map((each) => (
              <option key={each} value={each}>
                {each} days
              </option>
            ))}
          </Select>
        </label>
      }
    >
      <Loaded query={risk} what="Its risk over time" skeleton={<div className="skeleton h-[190px]" />}>
        {(found) => (
          <>
            {found.truncated ? (
              <Notice className="mb-2">Only the newest 20,000 findings of these days are counted.</Notice>
            ) : null}
            <RiskChart risk={found} type={entity.type} value={entity.value} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Incidents({ entity }: { entity: Whole }) {
  return (
    <Section title="Incidents" beside={entity.incidents.length === 50 ? "The newest 50" : null}>
      {entity.incidents.length === 0 ? (
        <p className="text-ink-2">Its findings are in no incident.</p>
      ) : (
        <ul>
          {entity.incidents.map((incident) => (
            <li
              key={incident.incident_id}
              className="flex items-start gap-2 border-b border-line py-1.5 last:border-b-0"
            >
              <SeverityMark severity={incident.severity} className="mt-[3px]" />
              <Link
                href={`/incidents/${incident.incident_id}`}
                prefetch={false}
                className="min-w-0 flex-1 hover:underline"
              >
                <span className="text-ink-3">{incident.number}</span> {incident.title}
              </Link>
              <StateLabel state={incident.state} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Peers({ entity }: { entity: Whole }) {
  const query = timesOf(entity, useDays());
  const peers = useQuery({
    queryKey: ["entities", entity.entity_id, "peers", query],
    queryFn: () =>
      data(api.GET("/api/v1/entities/{entity_id}/peers", { params: { path: { entity_id: entity.entity_id }, query } })),
  });
  return (
    <Section
      title="Named with it"
      beside={
        peers.data ? `of ${counted(peers.data.findings, "finding")}${peers.data.truncated ? ", the newest" : ""}` : null
      }
    >
      <Loaded query={peers} what="Who is named with it" skeleton={<Skeleton lines={6} />}>
        {(found) =>
          found.items.length === 0 ? (
            <p className="text-ink-2">Its findings name nobody else.</p>
          ) : (
            <table className="w-full table-fixed text-sm">
              <colgroup>
                <col />
                <col className="w-24" />
                <col className="w-16" />
                <col className="w-12" />
              </colgroup>
              <thead>
                <tr className="text-left text-ink-3">
                  <th scope="col" className="pb-1 font-medium">
                    Value
                  </th>
                  <th scope="col" className="pb-1 font-medium">
                    Type
                  </th>
                  <th scope="col" className="pb-1 text-right font-medium">
                    Findings
                  </th>
                  <th scope="col" className="pb-1 text-right font-medium">
                    Risk
                  </th>
                </tr>
              </thead>
              <tbody>
                {found.items.map((peer) => (
                  <tr key={peer.entity_id} className="border-t border-line">
                    <td className="py-1 pr-2">
                      <Value value={peer.value} entity={peer.type} />
                    </td>
                    <td className="truncate py-1 text-ink-2">{typeLabel(peer.type)}</td>
                    <td className="py-1 text-right">{number(peer.findings)}</td>
                    <td className="py-1 text-right">{Math.round(peer.risk)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
      {peers.data && peers.data.items.length === 50 ? (
        <p className="mt-1 text-sm text-ink-3">The 50 that are named most often.</p>
      ) : null}
    </Section>
  );
}
