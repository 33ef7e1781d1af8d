import { TACTICS, tacticName, techniqueUrl } from "@/lib/attack";
import { cn } from "@/lib/cn";

/** The kill chain as a strip: the tactics that were seen are filled. `href` makes each of them a link. */
export function TacticStrip({
  tactics,
  counts,
  href,
  className,
}: {
  tactics: readonly string[];
  counts?: Record<string, number>;
  href?: (tacticId: string) => string;
  className?: string;
}) {
  const seen = new Set(tactics);
  return (
    <ol
      aria-label="ATT&CK tactics in kill-chain order"
      className={cn(
        "grid grid-cols-[repeat(auto-fill,minmax(104px,1fr))] gap-px overflow-hidden rounded-md border border-line bg-line",
        className,
      )}
    >
      {TACTICS.map((tactic) => {
        const here = seen.has(tactic.id);
        const count = counts?.[tactic.id];
        const inner = (
          <>
            <span className={cn("truncate", here ? "font-medium text-ink" : "text-ink-3")}>{tactic.name}</span>
            <span className={cn("text-xs", here ? "text-accent-ink" : "text-ink-3")}>
              {here ? (count ?? "seen") : "not seen"}
            </span>
          </>
        );
        const look = cn("flex min-w-0 flex-col px-2 py-1 text-sm", here ? "bg-accent-soft" : "bg-surface");
        return (
          <li key={tactic.id} className="min-w-0" title={`${tactic.name} (${tactic.id})`}>
            {here && href ? (
              <a href={href(tactic.id)} className={cn(look, "hover:underline")}>
                {inner}
              </a>
            ) : (
              <span className={look}>{inner}</span>
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** The same in one line of small marks, for table cells. */
export function TacticMarks({ tactics }: { tactics: readonly string[] }) {
  const seen = new Set(tactics);
  const names = TACTICS.filter((tactic) => seen.has(tactic.id)).map((tactic) => tactic.name);
  return (
    <span className="inline-flex items-center gap-0.5" title={names.join(", ")}>
      <span className="sr-only">{names.length === 0 ? "No tactics" : names.join(", ")}</span>
      {TACTICS.map((tactic) => (
        <span
          key={tactic.id}
          aria-hidden
          className={cn("h-3 w-1 rounded-[1px]", seen.has(tactic.id) ? "bg-accent" : "bg-line")}
        />
      ))}
    </span>
  );
}

/** A technique's id, leading to what MITRE says of it. */
export function Technique({ id }: { id: string }) {
  return (
    <a
      href={techniqueUrl(id)}
      target="_blank"
      rel="noreferrer"
      className="rounded-sm border border-line-strong px-1 font-mono text-[12px] whitespace-nowrap text-ink-2 hover:bg-hover hover:text-ink"
    >
      {id}
      <span className="sr-only"> at attack.mitre.org</span>
    </a>
  );
}

/** A tactic by name. */
export const TacticName = ({ id }: { id: string }) => <span title={id}>{tacticName(id)}</span>;
