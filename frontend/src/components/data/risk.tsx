import { cn } from "@/lib/cn";

/** A risk from 0 to 100, as a number and the part of a line. */
export function Risk({ value, className }: { value: number; className?: string }) {
  const whole = Math.round(value);
  return (
    <span className={cn("inline-flex items-center gap-1.5", className)} title={`Risk ${whole} of 100`}>
      <span className="w-6 text-right">{whole}</span>
      <span aria-hidden className="h-1 w-10 overflow-hidden rounded-full bg-line">
        <span className="block h-full bg-ink-2" style={{ width: `${whole}%` }} />
      </span>
    </span>
  );
}
