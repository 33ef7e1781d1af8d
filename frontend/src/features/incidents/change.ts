"use client";

import { type InfiniteData, type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { useToast } from "@/components/shell/toasts";
import { counted } from "@/lib/format";
import type { Incident } from "./address";

export type Change = Schema<"BulkChange">;
type Outcome = Schema<"ChangeOutcome">;
type Page = { items: Incident[]; next_cursor: string | null };
type Wanted = { incidents: Incident[]; change: Change; comment?: string; said: string };

/** Key of the lists that the queue shows. */
export const LIST = ["incidents", "queue"] as const;
/** What the api takes at once. */
const MOST = 200;

function patch(client: QueryClient, change: (row: Incident) => Incident): void {
  client.setQueriesData<InfiniteData<Page>>({ queryKey: LIST }, (before) =>
    before === undefined
      ? before
      : { ...before, pages: before.pages.map((page) => ({ ...page, items: page.items.map(change) })) },
  );
}

/** The newest version that a list holds of each: a change that waited for another one must not be taken for old. */
function versions(client: QueryClient, incidents: Incident[]): Record<string, number> {
  const found = Object.fromEntries(incidents.map((each) => [each.incident_id, each.version]));
  for (const [, list] of client.getQueriesData<InfiniteData<Page>>({ queryKey: LIST }))
    for (const page of list?.pages ?? [])
      for (const row of page.items) {
        const known = found[row.incident_id];
        if (known !== undefined && row.version > known) found[row.incident_id] = row.version;
      }
  return found;
}

/** What has to be sent to have each incident as it was before: one request for all that were the same. */
export function wayBack(before: Incident[], change: Change): { incidents: Incident[]; change: Change }[] {
  const groups = new Map<string, { incidents: Incident[]; change: Change }>();
  for (const row of before) {
    const old: Change = {};
    if ("state" in change) old.state = row.state;
    if ("assignee_id" in change) old.assignee_id = row.assignee_id;
    if ("verdict" in change) old.verdict = row.verdict;
    if ("severity" in change) old.severity = row.severity === row.computed_severity ? null : row.severity;
    const key = JSON.stringify(old);
    const group = groups.get(key) ?? { incidents: [], change: old };
    group.incidents.push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** What became of many, in words; null where all went well. */
export function refusals(outcomes: Outcome[], incidents: Incident[]): string | null {
  const failed = outcomes.filter((each) => each.outcome === "conflict" || each.outcome === "refused");
  if (failed.length === 0) return null;
  const numbers = new Map(incidents.map((each) => [each.incident_id, each.number]));
  const reasons = new Map<string, number[]>();
  for (const each of failed) {
    const reason = each.reason ?? each.outcome;
    reasons.set(reason, [...(reasons.get(reason) ?? []), numbers.get(each.incident_id) ?? 0]);
  }
  const said = [...reasons].map(
    ([reason, which]) =>
      `${which.slice(0, 3).map((number) => `#${number}`).join(", ")}${which.length > 3 ? ` and ${which.length - 3} more` : ""}: ${reason}`,
  ); // prettier-ignore
  return `${counted(failed.length, "incident was", "incidents were")} not changed. ${said.join(" ")}`;
}

/**
 * Changes incidents, one or many: seen at once, said when it is done, with a way back; what the api refuses is as it was, with the reason.
 * Changes are sent one after the other.
 */
export function useChangeIncidents() {
  const client = useQueryClient();
  const toast = useToast();

  const send = async ({ incidents, change, comment }: Omit<Wanted, "said">): Promise<Outcome[]> => {
    const known = versions(client, incidents);
    const outcomes: Outcome[] = [];
    for (let at = 0; at < incidents.length; at += MOST) {
      const ids = incidents.slice(at, at + MOST).map((each) => each.incident_id);
      const answer = await data(
        api.POST("/api/v1/incident-changes", {
          body: {
            incident_ids: ids,
            versions: Object.fromEntries(ids.map((id) => [id, known[id] ?? 0])),
            change,
            ...(comment ? { comment } : {}),
          },
        }),
      );
      outcomes.push(...answer.items);
    }
    return outcomes;
  };
  const refresh = () => {
    for (const noun of ["incidents", "comments", "history", "overview"])
      void client.invalidateQueries({ queryKey: [noun] });
  };

  const mutation = useMutation({
    scope: { id: "incident-changes" },
    mutationFn: send,
    onMutate: async ({ incidents, change }: Wanted) => {
      await client.cancelQueries({ queryKey: LIST });
      const ids = new Set(incidents.map((each) => each.incident_id));
      const shown = Object.fromEntries(
        Object.entries(change).filter(([name, value]) => !(name === "severity" && value === null)),
      );
      patch(client, (row) => (ids.has(row.incident_id) ? { ...row, ...shown } : row));
    },
    onSuccess: (outcomes, { incidents, change, said }) => {
      const after = new Map(outcomes.map((each) => [each.incident_id, each]));
      const done = incidents.filter((each) => after.get(each.incident_id)?.outcome === "changed");
      patch(client, (row) => {
        const version = after.get(row.incident_id)?.version;
        return version === null || version === undefined ? row : { ...row, version };
      });
      const refused = refusals(outcomes, incidents);
      if (refused !== null) toast({ tone: "danger", text: refused });
      if (refused === null || done.length > 0) {
        const back = wayBack(
          done.map((each) => ({ ...each, version: after.get(each.incident_id)?.version ?? each.version })),
          change,
        );
        const undoes = done.length > 0 && Object.keys(change).length > 0;
        toast({
          text: refused === null ? said : `${said} (${counted(done.length, "incident")})`,
          ...(undoes
            ? {
                undo: () => {
                  for (const group of back) mutation.mutate({ ...group, said: "Taken back" });
                },
              }
            : {}),
        });
      }
    },
    onError: (error, { incidents }) => {
      const problem = asProblem(error);
      const what = incidents.length === 1 ? "The incident was not changed" : "Not all incidents were changed";
      toast({
        tone: "danger",
        text: `${what}: ${problem.message}${problem.requestId ? ` (request ${problem.requestId})` : ""}`,
      });
    },
    onSettled: refresh,
  });
  return mutation;
}
