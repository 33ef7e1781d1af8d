import { percent } from "@/lib/format";
import { type Job, STATES, underWay } from "./jobs";

/** The state of a job, with how far it is while it runs. */
export function Progress({ job }: { job: Pick<Job, "state" | "progress"> }) {
  if (!underWay(job))
    return <span className={job.state === "failed" ? "text-danger-ink" : ""}>{STATES[job.state]}</span>;
  return (
    <span className="flex min-w-0 items-center gap-2">
      <progress
        aria-label="Progress"
        max={1}
        value={job.progress}
        className="h-1.5 w-20 overflow-hidden rounded-full bg-hover [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-hover [&::-webkit-progress-value]:bg-accent"
      />
      <span className="text-sm text-ink-2">{job.state === "queued" ? STATES.queued : percent(job.progress)}</span>
    </span>
  );
}
