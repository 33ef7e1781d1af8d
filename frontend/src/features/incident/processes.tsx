"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { type Schema, api, data } from "@/api/client";
import { Empty, Loaded, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono, Value } from "@/components/data/value";
import { cn } from "@/lib/cn";
import { counted } from "@/lib/format";
import { visible } from "@/lib/visible";
import { type Incident, useTimeline } from "./incident";
import { treeRows } from "./process-rows";

type Tree = Schema<"ProcessTree">;

/** Which process started which, on each host; those that findings are about are marked. */
export default function Processes({
  incident,
  openId,
  onOpen,
}: {
  incident: Incident;
  openId: string;
  onOpen: (findingId: string) => void;
}) {
  const timeline = useTimeline(incident.incident_id);
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
  const titles = useMemo(
    () => new Map(timeline.data?.items.map((item) => [item.finding_id, item.title])),
    [timeline.data],
  );
  return (
    <div role="region" aria-label="Processes" tabIndex={0} className="min-h-0 flex-1 overflow-auto">
      <Loaded query={processes} what="The processes">
        {(found) =>
          found.trees.length === 0 ? (
            <Empty title="No processes">{found.reason ?? "None of its findings is about a process."}</Empty>
          ) : (
            <>
              {found.truncated ? (
                <Notice className="m-3">
                  Not all processes are shown: 500 findings, 1,000 processes and 2,000 events are looked at.
                </Notice>
              ) : null}
              {found.first_at && found.before ? (
                <p className="px-4 pt-2 text-sm text-ink-3">
                  Parents and children were looked for from <Time value={found.first_at} parts="minute" /> to{" "}
                  <Time value={found.before} parts="minute" />.
                </p>
              ) : null}
              {found.trees.map((tree, index) => (
                <Host key={`${tree.host}-${index}`} tree={tree} titles={titles} openId={openId} onOpen={onOpen} />
              ))}
            </>
          )
        }
      </Loaded>
    </div>
  );
}

function Host({
  tree,
  titles,
  openId,
  onOpen,
}: {
  tree: Tree;
  titles: ReadonlyMap<string, string>;
  openId: string;
  onOpen: (findingId: string) => void;
}) {
  const rows = useMemo(() => treeRows(tree.nodes), [tree.nodes]);
  return (
    <section className="py-2">
      <h2 className="flex items-baseline gap-2 px-4 py-1 font-semibold">
        {tree.host === "" ? (
          "Host not named by the events"
        ) : (
          <Value value={tree.host} entity="host" className="text-[13px]" />
        )}
        <span className="text-sm font-normal text-ink-3">{counted(tree.nodes.length, "process", "processes")}</span>
      </h2>
      <ul className="border-t border-line" aria-label={`Processes of ${tree.host || "a host"}`}>
        {rows.map(({ process, depth }) => (
          <li
            key={process.id}
            className={cn(
              "flex min-w-0 flex-wrap items-baseline gap-x-3 border-b border-line py-0.5 pr-4 sm:flex-nowrap",
              process.finding_ids.some((each) => each === openId)
                ? "bg-selected"
                : process.finding_ids.length > 0
                  ? "shadow-[inset_3px_0_0_var(--accent)]"
                  : "",
            )}
            style={{ paddingLeft: 16 + Math.min(depth, 12) * 18 }}
          >
            <span className="sr-only">Level {depth + 1}: </span>
            <span className="shrink-0 basis-44 truncate">
              {depth > 0 ? (
                <span aria-hidden className="mr-1 text-ink-3">
                  └
                </span>
              ) : null}
              <span className="font-medium" title={process.path === null ? undefined : visible(process.path)}>
                {visible(process.name ?? process.path ?? "Process")}
              </span>
              {process.pid !== null ? <span className="ml-1 text-sm text-ink-3">{process.pid}</span> : null}
            </span>
            <span className="min-w-0 flex-1 basis-60">
              {process.command_line ? (
                <Mono>{visible(process.command_line)}</Mono>
              ) : (
                <span className="text-sm text-ink-3">
                  {process.event_id === null ? "known only as a parent" : "no command line in its events"}
                </span>
              )}
              {process.finding_ids.map((each) => (
                <button
                  key={each}
                  type="button"
                  onClick={() => onOpen(each)}
                  className="block min-h-6 text-left text-sm font-medium text-accent-ink hover:underline"
                >
                  {titles.get(each) ?? "Finding"}
                </button>
              ))}
            </span>
            {process.user ? (
              <span className="max-w-40 shrink-0 truncate text-sm text-ink-2" title="User">
                user {process.user}
              </span>
            ) : null}
            <span className="shrink-0 text-right text-sm whitespace-nowrap text-ink-3">
              {process.started_at ? (
                <Time value={process.started_at} />
              ) : process.seen_at ? (
                <>
                  seen <Time value={process.seen_at} />
                </>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
