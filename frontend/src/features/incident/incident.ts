"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { type Schema, api, data, tagged } from "@/api/client";
import { Problem, asProblem } from "@/api/problem";
import { words } from "@/lib/format";

export type Incident = Schema<"WholeIncident">;
export type Change = Schema<"ChangedIncident">;
export type Member = Schema<"Member">;
export type TimelineItem = Schema<"TimelineItem">;
export type Seen = { value: Incident; etag: string };

export const incidentKey = (incidentId: string) => ["incidents", "one", incidentId] as const;

const read = (incidentId: string): Promise<Seen> =>
  tagged(api.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: incidentId } } }));

export const useIncident = (incidentId: string, initial?: Seen) =>
  useQuery({ queryKey: incidentKey(incidentId), queryFn: () => read(incidentId), initialData: initial });

export const useTimeline = (incidentId: string) =>
  useQuery({
    queryKey: ["incidents", "timeline", incidentId],
    queryFn: () =>
      data(api.GET("/api/v1/incidents/{incident_id}/timeline", { params: { path: { incident_id: incidentId } } })),
  });

export const useDecisions = (incidentId: string) =>
  useQuery({
    queryKey: ["incidents", "decisions", incidentId],
    queryFn: () =>
      data(api.GET("/api/v1/incidents/{incident_id}/decisions", { params: { path: { incident_id: incidentId } } })),
  });

/** What of a change somebody else made different since it was last read: their word stands until it was seen. */
export function clashes(before: Incident, now: Incident, change: Change): string[] {
  return Object.keys(change)
    .filter((name) => before[name as keyof Incident] !== now[name as keyof Incident])
    .map((name) => words(name.replace("_id", "")).toLowerCase());
}

/**
 * Changes the incident as it was read. Where it changed since (412) it is read again: what nobody else touched is then changed, the rest is
 * refused with what is different, and the page shows it as it is now.
 */
export function useChange(incidentId: string) {
  const client = useQueryClient();
  const key = incidentKey(incidentId);
  const patch = (change: Change, etag: string): Promise<Seen> =>
    tagged(
      api.PATCH("/api/v1/incidents/{incident_id}", {
        params: { path: { incident_id: incidentId }, header: { "If-Match": etag } },
        body: change,
      }),
    );
  return useMutation({
    mutationFn: async (change: Change): Promise<Seen> => {
      const seen = client.getQueryData<Seen>(key) ?? (await read(incidentId));
      try {
        return await patch(change, seen.etag);
      } catch (error) {
        if (asProblem(error).status !== 412) throw error;
        const now = await read(incidentId);
        client.setQueryData(key, now);
        const others = clashes(seen.value, now.value, change);
        if (others.length > 0)
          throw new Problem({
            status: 412,
            kind: "changed-meanwhile",
            detail: `Somebody else changed the ${others.join(" and ")} meanwhile. The page now shows it as it is; change it again if yours should stand.`,
          });
        return await patch(change, now.etag);
      }
    },
    onSuccess: (seen) => {
      client.setQueryData(key, seen);
      void client.invalidateQueries({ queryKey: ["incidents"], refetchType: "active" });
      void client.invalidateQueries({ queryKey: ["history", incidentId] });
      void client.invalidateQueries({ queryKey: ["overview"] });
    },
  });
}

export function useMembers() {
  const query = useQuery({
    queryKey: ["members"],
    queryFn: () => data(api.GET("/api/v1/members")),
    staleTime: 300_000,
  });
  const items = useMemo(() => query.data?.items ?? [], [query.data]);
  const byId = useMemo(() => new Map(items.map((each) => [each.user_id, each])), [items]);
  return { ...query, items, byId };
}

export const memberName = (member: { name: string; email: string }): string => member.name || member.email;

/** `user:<id>`, `token:<id>`, `worker:<name>`, `system` as people say it. */
export function actorName(actor: string, members: ReadonlyMap<string, Member>): string {
  const [kind, id = ""] = actor.split(":", 2);
  if (kind === "user") {
    const member = members.get(id);
    return member ? memberName(member) : "A former member";
  }
  if (kind === "token") return `Token ${id.slice(0, 8)}`;
  return "Mini-XDR";
}
