"use client";

import { useQuery } from "@tanstack/react-query";
import { Printer } from "lucide-react";
import Link from "next/link";
import { useEffect, useMemo } from "react";
import type { ReactNode } from "react";

import { SeverityMark } from "@/components/data/severity";
import { Loaded, Notice, Skeleton } from "@/components/data/states";
import { Time, useMounted } from "@/components/data/time";
import { useSession } from "@/components/shell/session";
import { Button, buttonClass } from "@/components/ui/button";
import { api, data } from "@/api/client";
import { tacticName } from "@/lib/attack";
import { counted, number, words } from "@/lib/format";
import { offsetText } from "@/lib/time";
import { CommentText } from "./comment-text";
import { useComments } from "./discussion";
import { Content, useEvidence } from "./evidence";
import { said } from "./history";
import {
  type Incident,
  type Seen,
  actorName,
  memberName,
  useDecisions,
  useIncident,
  useMembers,
  useTimeline,
} from "./incident";
import { PhaseAxis } from "./phase-axis";
import { treeRows } from "./process-rows";
import { Reason } from "./story";
import { distinct, whys } from "./story-model";
import { WhyText } from "./timeline";
import { usePages } from "@/lib/pages";
import { visible } from "@/lib/visible";

/** Everything about an incident laid out for paper. */
export function Report({ incidentId, initial }: { incidentId: string; initial?: Seen }) {
  const incident = useIncident(incidentId, initial);
  return (
    <div
      role="region"
      aria-label="Report"
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto bg-surface print:overflow-visible"
    >
      <Loaded
        query={incident}
        what="The incident"
        skeleton={<Skeleton className="mx-auto max-w-[900px] p-8" lines={12} />}
      >
        {({ value }) => <Whole incident={value} />}
      </Loaded>
    </div>
  );
}

function Whole({ incident }: { incident: Incident }) {
  const session = useSession();
  const members = useMembers();
  const mounted = useMounted();
  const organization = session.memberships.find((each) => each.organization_id === session.organization_id)?.name;
  const assignee = incident.assignee_id === null ? null : members.byId.get(incident.assignee_id);
  return (
    <article className="mx-auto flex max-w-[900px] flex-col gap-6 px-6 py-6 print:max-w-none print:p-0">
      <div className="no-print flex gap-2">
        <Button look="primary" onClick={() => window.print()}>
          <Printer size={14} aria-hidden />
          Print
        </Button>
        <Link href={`/incidents/${incident.incident_id}`} className={buttonClass()}>
          Back to the incident
        </Link>
      </div>
      <header>
        <p className="text-sm text-ink-2">
          {organization ? `${organization}, i` : "I"}ncident #{incident.number}
        </p>
        <h1 className="text-xl font-semibold text-pretty">{incident.title}</h1>
        <dl className="mt-3 grid grid-cols-[max-content_1fr] gap-x-6 gap-y-0.5 sm:grid-cols-[max-content_1fr_max-content_1fr] print:grid-cols-[max-content_1fr_max-content_1fr] [&_dt]:text-ink-3">
          <dt>Severity</dt>
          <dd>{words(incident.severity)}</dd>
          <dt>Risk</dt>
          <dd>{Math.round(incident.risk)} of 100</dd>
          <dt>State</dt>
          <dd>{words(incident.state)}</dd>
          <dt>Verdict</dt>
          <dd>{incident.verdict === null ? "None yet" : words(incident.verdict)}</dd>
          <dt>Assignee</dt>
          <dd>{incident.assignee_id === null ? "Nobody" : assignee ? memberName(assignee) : "A former member"}</dd>
          <dt>Opened</dt>
          <dd>
            <Time value={incident.created_at} />
          </dd>
          <dt>First event</dt>
          <dd>{incident.first_at ? <Time value={incident.first_at} /> : "Not known"}</dd>
          <dt>Last event</dt>
          <dd>{incident.last_at ? <Time value={incident.last_at} /> : "Not known"}</dd>
          {incident.closed_at ? (
            <>
              <dt>Closed</dt>
              <dd>
                <Time value={incident.closed_at} />
              </dd>
            </>
          ) : null}
        </dl>
        <p className="mt-2 text-sm text-ink-3">
          {mounted ? `Times are ${offsetText(new Date())}, as of this reader's zone. Printed ` : "Printed "}
          {mounted ? <Time value={new Date().toISOString()} parts="minute" /> : null} by {session.name || session.email}
          .
        </p>
      </header>
      <Part title="Why it is an incident">
        <ul className="list-disc pl-5">
          {incident.risk_reasons.map((reason) => (
            <li key={reason}>
              <Reason text={reason} />
            </li>
          ))}
        </ul>
      </Part>
      <Findings incident={incident} />
      <Part title={`Entities (${number(distinct(incident.entities).length)})`}>
        <ul className="columns-1 gap-8 sm:columns-2 print:columns-2">
          {distinct(incident.entities).map((each) => (
            <li key={`${each.type} ${each.value}`} className="flex break-inside-avoid gap-2">
              <span className="w-24 shrink-0 text-ink-3">{words(each.type)}</span>
              <span className="min-w-0 font-mono text-[12px] break-all">{visible(each.value)}</span>
            </li>
          ))}
        </ul>
      </Part>
      {incident.techniques.length > 0 ? (
        <Part title="ATT&CK">
          <p>{incident.tactics.map((each) => `${tacticName(each)} (${each})`).join(", ")}</p>
          <p className="mt-1 font-mono text-[12px]">{[...incident.techniques].sort().join(", ")}</p>
        </Part>
      ) : null}
      <Processes incident={incident} />
      <Evidence incident={incident} />
      <Comments incident={incident} />
      <Decided incident={incident} />
      <Done incident={incident} />
    </article>
  );
}

function Part({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section>
      <h2 className="mb-1.5 border-b border-line-strong pb-1 text-lg font-semibold break-after-avoid">{title}</h2>
      {children}
    </section>
  );
}

function Findings({ incident }: { incident: Incident }) {
  const timeline = useTimeline(incident.incident_id);
  const reasons = useMemo(() => whys(incident), [incident]);
  return (
    <Part title={`Timeline (${counted(incident.finding_count, "finding")})`}>
      <Loaded query={timeline} what="The timeline">
        {({ items, truncated }) => {
          const titles = new Map(items.map((item) => [item.finding_id, item.title]));
          return (
            <>
              {truncated ? (
                <Notice className="mb-2">
                  The newest {number(items.length)} of {number(incident.finding_count)} findings.
                </Notice>
              ) : null}
              {items.length > 0 ? <PhaseAxis items={items} onOpen={() => undefined} /> : null}
              <ol className="mt-3">
                {items.map((item) => (
                  <li key={item.finding_id} className="flex break-inside-avoid gap-3 border-b border-line py-1">
                    <span className="w-34 shrink-0 text-sm text-ink-2">
                      <Time value={item.time} />
                    </span>
                    <SeverityMark severity={item.level} className="mt-0.5" />
                    <span className="min-w-0 flex-1">
                      <span className="font-medium">{item.title}</span>{" "}
                      <span className="text-sm text-ink-3">{item.tactics.map(tacticName).join(", ")}</span>
                      <span className="block text-sm text-ink-2">
                        <WhyText why={reasons.get(item.finding_id) ?? { kind: "unknown" }} titles={titles} />
                      </span>
                      <span className="block font-mono text-[11px] break-all text-ink-2">
                        {distinct(item.entities)
                          .map((each) => visible(each.value))
                          .join("  ")}
                      </span>
                    </span>
                  </li>
                ))}
              </ol>
            </>
          );
        }}
      </Loaded>
    </Part>
  );
}

function Processes({ incident }: { incident: Incident }) {
  const processes = useQuery({
    queryKey: ["incidents", "processes", incident.incident_id],
    queryFn: () =>
      data(
        api.GET("/api/v1/incidents/{incident_id}/processes", {
          params: { path: { incident_id: incident.incident_id } },
        }),
      ),
    staleTime: 300_000,
  });
  if (processes.data?.trees.length === 0) return null;
  return (
    <Part title="Processes">
      <Loaded query={processes} what="The processes">
        {(found) => (
          <>
            {found.truncated ? <Notice className="mb-2">Not all processes are shown.</Notice> : null}
            {found.trees.map((tree, index) => (
              <div key={`${tree.host}-${index}`} className="mb-2">
                <h3 className="font-mono text-[12px] font-semibold">{tree.host || "Host not named by the events"}</h3>
                <ul>
                  {treeRows(tree.nodes).map(({ process, depth }) => (
                    <li
                      key={process.id}
                      className="break-inside-avoid text-[12px]"
                      style={{ paddingLeft: Math.min(depth, 12) * 16 }}
                    >
                      <span className={process.finding_ids.length > 0 ? "font-semibold" : ""}>
                        {process.name ?? process.path ?? "Process"} {process.pid}
                      </span>{" "}
                      <span className="font-mono break-all">{process.command_line}</span>
                    </li>
                  ))}
                </ul>
              </div>
            ))}
          </>
        )}
      </Loaded>
    </Part>
  );
}

function Evidence({ incident }: { incident: Incident }) {
  const evidence = useEvidence(incident.incident_id);
  const members = useMembers();
  return (
    <Part title="Evidence">
      <Loaded query={evidence} what="The evidence">
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-ink-2">Nothing was attached.</p>
          ) : (
            <ul>
              {items.map((piece) => (
                <li key={piece.evidence_id} className="break-inside-avoid border-b border-line py-1">
                  <span className="text-sm text-ink-3">
                    {words(piece.kind)}, {actorName(piece.added_by, members.byId)}, <Time value={piece.added_at} />
                  </span>
                  <Content piece={piece} />
                  {piece.note ? <p className="whitespace-pre-wrap text-ink-2">{piece.note}</p> : null}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Part>
  );
}

/** A list that is read to its end: paper cannot be scrolled on. */
function useToEnd<T extends { more: boolean; loadingMore: boolean; isError: boolean; next: () => void }>(list: T): T {
  const { more, loadingMore, isError, next } = list;
  useEffect(() => {
    if (more && !loadingMore && !isError) next();
  }, [more, loadingMore, isError, next]);
  return list;
}

function Comments({ incident }: { incident: Incident }) {
  const list = useToEnd(useComments(incident.incident_id));
  const members = useMembers();
  return (
    <Part title="Comments">
      <Unread list={list} what="The comments" />
      {!list.loading && !list.isError && list.rows.length === 0 ? (
        <p className="text-ink-2">Nobody wrote anything.</p>
      ) : null}
      <ul>
        {list.rows.map((comment) => (
          <li key={comment.comment_id} className="break-inside-avoid border-b border-line py-1">
            <span className="text-sm text-ink-3">
              {actorName(comment.author, members.byId)}, <Time value={comment.created_at} />
            </span>
            <CommentText text={comment.text} mentions={comment.mentions} members={members.byId} />
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Decided({ incident }: { incident: Incident }) {
  const decisions = useDecisions(incident.incident_id);
  const members = useMembers();
  if (decisions.data?.items.length === 0) return null;
  return (
    <Part title="Merges and splits">
      <Loaded query={decisions} what="The merges and splits">
        {({ items }) => (
          <ul>
            {items.map((each) => (
              <li key={each.decision_id} className="break-inside-avoid border-b border-line py-1">
                {each.kind === "merge" ? "Merged" : `${counted(each.finding_ids.length, "finding")} split off`}:{" "}
                {each.reason}
                <span className="text-sm text-ink-3">
                  {" "}
                  {actorName(each.made_by, members.byId)}, <Time value={each.made_at} />
                  {each.undone_at ? " (taken back)" : each.refusal ? ` (not applied: ${each.refusal})` : ""}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Part>
  );
}

function Done({ incident }: { incident: Incident }) {
  const members = useMembers();
  const list = useToEnd(
    usePages(["history", incident.incident_id], (cursor) =>
      data(
        api.GET("/api/v1/incidents/{incident_id}/history", {
          params: { path: { incident_id: incident.incident_id }, query: { limit: 200, cursor } },
        }),
      ),
    ),
  );
  const name = (userId: string) => {
    const member = members.byId.get(userId);
    return member ? memberName(member) : "a former member";
  };
  return (
    <Part title="History">
      <Unread list={list} what="The history" />
      <ol>
        {list.rows.map((item) => (
          <li key={item.seq} className="flex break-inside-avoid gap-3 border-b border-line py-0.5">
            <span className="w-34 shrink-0 text-sm text-ink-2">
              <Time value={item.at} />
            </span>
            <span className="min-w-0">
              {actorName(item.actor, members.byId)} {said(item, name)}
            </span>
          </li>
        ))}
      </ol>
    </Part>
  );
}

function Unread({
  list,
  what,
}: {
  list: { isError: boolean; error: unknown; loading: boolean; more: boolean };
  what: string;
}) {
  if (list.isError) return <Notice tone="danger">{what} could not be loaded whole: this report lacks some.</Notice>;
  if (list.loading || list.more) return <Skeleton lines={2} />;
  return null;
}
