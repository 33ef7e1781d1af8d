"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { type Schema, api, data } from "@/api/client";
import { useFailureToast } from "@/components/shell/toasts";

export type Job = Schema<"RetroHunt">;

/** How often a job that is under way is asked how far it is: no stream tells it. One that is over is not asked again. */
export const STEP_MS = 1_500;

export const underWay = (job: Pick<Job, "state">): boolean => job.state === "queued" || job.state === "running";

export const STATES: Readonly<Record<Job["state"], string>> = {
  queued: "Waiting",
  running: "Running",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const nameOf = (job: Pick<Job, "name" | "titles">): string => job.name || job.titles.join(", ") || "Retro-hunt";

export function useCancel() {
  const client = useQueryClient();
  const failed = useFailureToast();
  return useMutation({
    mutationFn: (id: string) =>
      data(api.POST("/api/v1/retro-hunts/{job_id}/cancel", { params: { path: { job_id: id } } })),
    onSettled: () => void client.invalidateQueries({ queryKey: ["retro-hunts"] }),
    onError: failed("Not cancelled"),
  });
}
