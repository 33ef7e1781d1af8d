"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { Loaded } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/overlay";
import { counted } from "@/lib/format";
import { ShortTable } from "@/components/data/short-table";
import { agentText } from "./user-agent";

type One = Schema<"SessionShown">;

/** Where one is signed in, with a way to end each. */
export function Sessions() {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const [asking, setAsking] = useState(false);
  const query = useQuery({ queryKey: ["sessions"], queryFn: () => data(api.GET("/api/v1/sessions")) });
  const again = () => client.invalidateQueries({ queryKey: ["sessions"] });
  const end = useMutation({
    mutationFn: (one: One) =>
      data(api.DELETE("/api/v1/sessions/{session_id}", { params: { path: { session_id: one.id } } })),
    onSuccess: () => {
      toast({ text: "Session ended" });
      return again();
    },
    onError: failed("The session could not be ended"),
  });
  const endOthers = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/sessions")),
    onSuccess: ({ ended }) => {
      setAsking(false);
      toast({ text: `${counted(ended, "session")} ended` });
      return again();
    },
    onError: failed("The sessions could not be ended"),
  });
  return (
    <Loaded query={query} what="Your sessions">
      {({ items }) => (
        <>
          <ShortTable label="Sessions" heads={["Where", "Browser", "Last used", "Begun", "Ends", "Second factor", ""]}>
            {items.map((one) => (
              <tr key={one.id}>
                <td className="font-mono whitespace-nowrap">{one.address ?? "not known"}</td>
                <td title={one.user_agent ?? undefined} className="whitespace-nowrap">
                  {agentText(one.user_agent)}
                </td>
                <td>
                  <Time value={one.last_used_at} relative />
                </td>
                <td>
                  <Time value={one.created_at} parts="minute" />
                </td>
                <td>
                  <Time value={one.expires_at} relative />
                </td>
                <td>{one.second_factor ? "Yes" : "No"}</td>
                <td className="text-right">
                  {one.current ? (
                    <span className="font-medium whitespace-nowrap text-good-ink">This one</span>
                  ) : (
                    <Button
                      small
                      busy={end.isPending && end.variables.id === one.id}
                      onClick={() => end.mutate(one)}
                      aria-label={`End the session of ${agentText(one.user_agent)} at ${one.address ?? "an address not known"}`}
                    >
                      End
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </ShortTable>
          {items.length > 1 ? (
            <Button look="danger" className="mt-3" onClick={() => setAsking(true)}>
              End all other sessions
            </Button>
          ) : null}
          <Confirm
            open={asking}
            onOpenChange={setAsking}
            title="End all other sessions"
            verb={`End ${counted(items.length - 1, "session")}`}
            danger
            busy={endOthers.isPending}
            onConfirm={() => endOthers.mutate()}
          >
            You are signed out everywhere but here, at once. Sign in there again to go on.
          </Confirm>
        </>
      )}
    </Loaded>
  );
}
