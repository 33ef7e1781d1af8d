import { Notice } from "@/components/data/states";
import type { FoundReadiness } from "@/lib/server/readiness";
import { words } from "@/lib/format";
import { StateMark } from "./state-mark";

const STATUS = {
  ready: "The api takes requests.",
  not_ready: "A part that the api needs fails: load balancers send requests elsewhere.",
  draining: "This api is about to end: load balancers send requests elsewhere.",
} as const;

/** What load balancers are told by `/readyz`. */
export function Readiness({ found }: { found: FoundReadiness }) {
  if (found.readiness === null)
    return <Notice tone="danger">{found.why} Whether it is ready could not be read.</Notice>;
  const { status, parts } = found.readiness;
  return (
    <>
      <p className="text-ink-2">
        {STATUS[status]} <code className="font-mono text-sm">/readyz</code> says it to load balancers.
      </p>
      <ul className="mt-2 flex flex-wrap gap-x-8 gap-y-2">
        {Object.entries(parts).map(([name, part]) => (
          <li key={name}>
            <span className="mr-2">{words(name)}</span>
            <StateMark state={part.state} />
            {part.problem ? <p className="text-ink-2">{part.problem}</p> : null}
          </li>
        ))}
      </ul>
    </>
  );
}
