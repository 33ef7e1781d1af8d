"use client";

import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect } from "react";

import { Failure, Loaded, Notice, Skeleton } from "@/components/data/states";
import { TabLinks } from "@/components/ui/tabs";
import { asProblem } from "@/api/problem";
import { useAddress } from "@/lib/address";
import { counted } from "@/lib/format";
import { FindingPanel } from "./finding-panel";
import { FindingsTab } from "./findings-tab";
import { type Incident, type Seen, useDecisions, useIncident } from "./incident";
import { IncidentHead } from "./incident-head";
import { Story } from "./story";

const loading = () => <Skeleton className="p-4" lines={6} />;
const Graph = dynamic(() => import("./graph/graph"), { loading, ssr: false });
const Processes = dynamic(() => import("./processes"), { loading });
const Evidence = dynamic(() => import("./evidence"), { loading });
const Discussion = dynamic(() => import("./discussion"), { loading });
const Similar = dynamic(() => import("./similar"), { loading });

const TABS = [
  ["story", "Story"],
  ["graph", "Graph"],
  ["processes", "Processes"],
  ["findings", "Findings"],
  ["evidence", "Evidence"],
  ["discussion", "Discussion"],
  ["similar", "Similar"],
] as const;

/** An incident: its head, and its tabs as addresses. */
export function IncidentPage({ incidentId, initial }: { incidentId: string; initial?: Seen }) {
  const incident = useIncident(incidentId, initial);
  if (incident.isError && incident.data === undefined) {
    const gone = asProblem(incident.error).status === 404;
    return gone ? (
      <Failure
        error={
          new Error(
            "It may belong to another organization, or the address is not whole. The queue lists all that you may see.",
          )
        }
        what="This incident"
      />
    ) : (
      <Failure error={incident.error} what="The incident" onRetry={() => void incident.refetch()} />
    );
  }
  return (
    <Loaded query={incident} what="The incident" skeleton={<HeadSkeleton />}>
      {({ value }) => <Whole incident={value} />}
    </Loaded>
  );
}

function Whole({ incident }: { incident: Incident }) {
  const { get, href, push, set } = useAddress();
  const router = useRouter();
  const tab = TABS.find(([name]) => name === get("tab"))?.[0] ?? "story";
  const openId = get("open");
  const open = (findingId: string) => set({ open: findingId === openId ? null : findingId });

  // Who followed a link to an incident that was merged away is brought to the one that goes on, and told so.
  const target = incident.redirect_to;
  const stay = get("stay") !== "";
  useEffect(() => {
    if (target !== null && !stay) router.replace(`/incidents/${target}?from=${incident.number}`);
  }, [target, stay, router, incident.number]);

  const onComment = () => {
    if (tab !== "discussion") push({ tab: "discussion", open: null });
    const focus = (tries: number) => {
      const box = document.querySelector<HTMLElement>("[data-comment-box]");
      if (box) box.focus();
      else if (tries > 0) setTimeout(() => focus(tries - 1), 80);
    };
    focus(30);
  };
  const from = get("from");
  return (
    <div className="flex min-h-0 flex-1">
      <div className="flex min-h-0 min-w-0 flex-1 flex-col max-md:overflow-y-auto">
        <IncidentHead incident={incident} onComment={onComment} />
        {from !== "" ? (
          <Notice
            tone="neutral"
            className="mx-4 mt-2"
            action={
              <button type="button" className="text-accent-ink hover:underline" onClick={() => set({ from: null })}>
                Dismiss
              </button>
            }
          >
            #{from} was merged into this incident.{" "}
            <Link href={href({ tab: "discussion", from: null })} className="text-accent-ink underline">
              Its merges can be undone in the discussion
            </Link>
          </Notice>
        ) : null}
        {target !== null ? (
          <Notice className="mx-4 mt-2">
            This incident was merged:{" "}
            <Link href={`/incidents/${target}`} className="underline">
              the one that goes on
            </Link>{" "}
            has its findings.
          </Notice>
        ) : null}
        <Pending incident={incident} />
        <TabLinks
          label="Parts of the incident"
          tabs={TABS.map(([name, label]) => ({
            href: href({ tab: name === "story" ? null : name, open: name === "discussion" ? null : openId }),
            label,
            active: name === tab,
            count: name === "findings" ? incident.finding_count : null,
          }))}
        />
        <div className="flex min-h-0 flex-1 flex-col max-md:min-h-[26rem]">
          {tab === "story" ? <Story incident={incident} openId={openId} onOpen={open} /> : null}
          {tab === "graph" ? <Graph incident={incident} openId={openId} onOpen={open} /> : null}
          {tab === "processes" ? <Processes incident={incident} openId={openId} onOpen={open} /> : null}
          {tab === "findings" ? <FindingsTab incident={incident} openId={openId} onOpen={open} /> : null}
          {tab === "evidence" ? <Evidence incident={incident} onOpen={open} /> : null}
          {tab === "discussion" ? <Discussion incident={incident} /> : null}
          {tab === "similar" ? <Similar incident={incident} /> : null}
        </div>
      </div>
      {openId !== "" ? <FindingPanel findingId={openId} onClose={() => set({ open: null })} /> : null}
    </div>
  );
}

/** Merges and splits that were decided and are not applied yet. */
function Pending({ incident }: { incident: Incident }) {
  const decisions = useDecisions(incident.incident_id);
  const waiting = decisions.data?.items.filter(
    (each) => each.applied_at === null && each.refusal === null && each.undone_at === null,
  );
  if (!waiting || waiting.length === 0) return null;
  return (
    <Notice tone="neutral" className="mx-4 mt-2">
      {waiting.map((each) =>
        each.kind === "merge"
          ? "A merge with another incident is being applied. "
          : `${counted(each.finding_ids.length, "finding")} are being split off. `,
      )}
      The page refreshes by itself.
    </Notice>
  );
}

const HeadSkeleton = () => (
  <div role="status" aria-label="Loading">
    <div className="flex h-11 items-center border-b border-line px-4">
      <div className="skeleton h-5 w-2/3" />
    </div>
    <div className="flex h-8 items-center border-b border-line px-4">
      <div className="skeleton h-4 w-1/2" />
    </div>
    <Skeleton className="p-4" lines={8} />
  </div>
);
