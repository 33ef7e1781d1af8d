"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";

import { api, data } from "@/api/client";
import { TacticStrip } from "@/components/data/attack";
import { Loaded, Skeleton } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { PageBody, PageHead, Section } from "@/components/shell/page";
import { useAddress } from "@/lib/address";
import { cn } from "@/lib/cn";
import { counted } from "@/lib/format";
import { FindingsChart } from "./findings-chart";
import { Health, HealthMark } from "./health";
import { DAYS, type Initial, daysOf, findingsHref } from "./model";
import { NewestIncidents, RiskyEntities } from "./newest";
import { OpenIncidents } from "./open-incidents";
import { SourcesTable } from "./sources-table";

const all = "text-ink-2 hover:text-ink hover:underline";

/** The first page: where somebody must act, and whether everything arrives and runs. */
export function OverviewPage({ initial }: { initial: Initial }) {
  const { get, href } = useAddress();
  const days = daysOf(get("days"));
  const overview = useQuery({
    queryKey: ["overview", days],
    queryFn: () => data(api.GET("/api/v1/overview", { params: { query: { days } } })),
    placeholderData: keepPreviousData,
    ...(initial.overview && initial.days === days ? { initialData: initial.overview } : {}),
  });
  const newest = useQuery({
    queryKey: ["incidents", "newest"],
    queryFn: () =>
      data(
        api.GET("/api/v1/incidents", {
          params: { query: { state: ["new", "triage", "contained"], sort: "created_at", limit: 8 } },
        }),
      ),
    ...(initial.newest ? { initialData: initial.newest } : {}),
  });
  const sources = useQuery({
    queryKey: ["sources"],
    queryFn: () => data(api.GET("/api/v1/sources")),
    ...(initial.sources ? { initialData: initial.sources } : {}),
  });
  const system = useQuery({
    queryKey: ["system"],
    queryFn: () => data(api.GET("/api/v1/system")),
    ...(initial.system ? { initialData: initial.system } : {}),
  });

  return (
    <>
      <PageHead
        title="Overview"
        beside={
          overview.data ? (
            <span className="text-sm text-ink-3">
              as of <Time value={overview.data.before} />
            </span>
          ) : null
        }
        actions={
          <nav aria-label="Days" className="flex rounded-md border border-line-strong">
            {DAYS.map((each) => (
              <Link
                key={each}
                href={href({ days: each === 7 ? null : String(each) })}
                scroll={false}
                aria-current={each === days ? "true" : undefined}
                className={cn(
                  "px-2.5 py-0.5 first:rounded-l-md last:rounded-r-md",
                  each === days ? "bg-selected font-medium" : "text-ink-2 hover:bg-hover",
                )}
              >
                {each === 1 ? "24 hours" : `${each} days`}
              </Link>
            ))}
          </nav>
        }
      />
      <PageBody className="px-4 py-3" label="Overview">
        <Loaded query={overview} what="The overview" skeleton={<Shape />}>
          {(seen) => (
            <div
              className={cn(
                "grid gap-x-8 gap-y-5 lg:grid-cols-2 xl:grid-cols-[minmax(0,7fr)_minmax(0,5fr)]",
                overview.isPlaceholderData && "opacity-60",
              )}
            >
              <Section
                title="Open incidents"
                beside={
                  <Link href="/incidents" prefetch={false} className={all}>
                    Open the queue
                  </Link>
                }
              >
                <OpenIncidents overview={seen} />
              </Section>
              <Section title="Newest open incidents">
                <Loaded query={newest} what="The newest incidents" skeleton={<Skeleton lines={7} />}>
                  {(page) => <NewestIncidents incidents={page.items} />}
                </Loaded>
              </Section>
              <Section title="Findings over time">
                <FindingsChart overview={seen} />
              </Section>
              <Section
                title="Riskiest entities"
                beside={
                  <Link href="/entities" prefetch={false} className={all}>
                    All entities
                  </Link>
                }
              >
                <RiskyEntities entities={seen.entities} />
              </Section>
              <Section title="ATT&CK tactics of open findings" className="lg:col-span-2">
                <TacticStrip
                  className="sm:grid-cols-5 2xl:grid-cols-[repeat(15,minmax(0,1fr))]"
                  tactics={seen.tactics.map((each) => each.tactic_id)}
                  counts={Object.fromEntries(seen.tactics.map((each) => [each.tactic_id, each.count]))}
                  href={(tactic) => findingsHref({ from: seen.first_at, to: seen.before }, { tactic })}
                />
              </Section>
              <Section
                title="Events per source"
                beside={
                  <>
                    {seen.dead_letters > 0 ? (
                      <Link href="/sources/dead-letters" prefetch={false} className="text-warn-ink hover:underline">
                        {seen.dead_letters >= 200
                          ? "200 or more dead letters"
                          : counted(seen.dead_letters, "dead letter")}
                      </Link>
                    ) : (
                      <span>no dead letters</span>
                    )}
                    <Link href="/sources" prefetch={false} className={all}>
                      All sources
                    </Link>
                  </>
                }
              >
                <SourcesTable overview={seen} days={days} sources={sources.data} />
              </Section>
              <Section
                title="Health"
                beside={
                  system.data ? (
                    <span className="inline-flex items-center gap-1.5">
                      <HealthMark state={system.data.state} />
                      {system.data.state === "ok" ? "all parts work" : system.data.state}
                    </span>
                  ) : null
                }
              >
                <Loaded query={system} what="The health of the parts" skeleton={<Skeleton lines={6} />}>
                  {(found) => <Health system={found} web={initial.web} />}
                </Loaded>
              </Section>
            </div>
          )}
        </Loaded>
      </PageBody>
    </>
  );
}

function Shape() {
  return (
    <div className="grid gap-x-8 gap-y-5 lg:grid-cols-2">
      {[7, 7, 8, 8, 4, 4].map((lines, place) => (
        <Skeleton key={place} lines={lines} />
      ))}
    </div>
  );
}
