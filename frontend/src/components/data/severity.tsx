import type { Severity } from "@/lib/severity";
import { cn } from "@/lib/cn";
import { words } from "@/lib/format";

const BARS: Record<Severity, number> = { informational: 0, low: 1, medium: 2, high: 3, critical: 4 };
const INK: Record<Severity, string> = {
  critical: "text-critical",
  high: "text-high",
  medium: "text-medium",
  low: "text-low",
  informational: "text-informational",
};

/** Severity told by shape first (bars that are filled; a full square for critical) and by hue second. */
export function SeverityMark({ severity, className }: { severity: Severity; className?: string }) {
  const filled = BARS[severity];
  return (
    <svg
      viewBox="0 0 14 14"
      className={cn("size-3.5 shrink-0", INK[severity], className)}
      role="img"
      aria-label={words(severity)}
    >
      <title>{words(severity)}</title>
      {severity === "critical" ? (
        <>
          <rect x="0.5" y="0.5" width="13" height="13" rx="3" fill="currentColor" />
          <rect x="6.1" y="3" width="1.8" height="5" rx="0.9" fill="var(--surface)" />
          <rect x="6.1" y="9.3" width="1.8" height="1.8" rx="0.9" fill="var(--surface)" />
        </>
      ) : (
        [0, 1, 2].map((bar) => (
          <rect
            key={bar}
            x={1 + bar * 4.4}
            y={9 - bar * 3.4}
            width="3.2"
            height={4 + bar * 3.4}
            rx="1"
            fill={bar < filled ? "currentColor" : "none"}
            stroke="currentColor"
            strokeOpacity={bar < filled ? 1 : 0.45}
            strokeWidth="0.9"
          />
        ))
      )}
    </svg>
  );
}

/** The mark and its word. */
export function SeverityLabel({ severity }: { severity: Severity }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <SeverityMark severity={severity} />
      <span className={INK[severity]}>{words(severity)}</span>
    </span>
  );
}

/** A state (new, triage, closed ...) by tone, not by severity's colours. */
export function StateLabel({ state }: { state: string }) {
  const look =
    state === "new"
      ? "border-accent text-accent-ink"
      : state === "closed" || state === "resolved" || state === "suppressed"
        ? "border-line bg-sunken text-ink-3"
        : "border-line-strong bg-sunken text-ink-2";
  return (
    <span className={cn("inline-flex h-5 items-center rounded-sm border px-1.5 text-sm whitespace-nowrap", look)}>
      {words(state)}
    </span>
  );
}
