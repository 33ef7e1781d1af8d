import type { Problem } from "@/api/problem";
import { Notice } from "@/components/data/states";
import { waitText } from "./attempt";

/** What went wrong with an attempt, above the form; with the time to wait where the api takes no more for now. */
export function AttemptProblem({ problem, wait }: { problem: Problem | null; wait: number }) {
  if (problem === null) return null;
  const limited = problem.status === 429;
  if (limited && wait === 0)
    return (
      <Notice tone="neutral" className="mb-3">
        You can try again now.
      </Notice>
    );
  return (
    <Notice tone="danger" className="mb-3">
      <p>{limited ? "There were too many attempts. Nothing is lost; wait, then try again." : problem.message}</p>
      {limited ? <p aria-hidden>Again in {waitText(wait)}</p> : null}
      {problem.requestId && problem.status >= 500 ? (
        <p className="font-mono text-xs">request {problem.requestId}</p>
      ) : null}
    </Notice>
  );
}
