import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";

import { cn } from "@/lib/cn";

const LOOK = {
  ok: { icon: CircleCheck, ink: "text-good-ink", text: "Works" },
  degraded: { icon: TriangleAlert, ink: "text-warn-ink", text: "Works in part" },
  failed: { icon: CircleX, ink: "text-danger-ink", text: "Does not work" },
} as const;

/** How something is, by shape, colour and word. */
export function StateMark({ state, text }: { state: keyof typeof LOOK; text?: string }) {
  const { icon: Icon, ink, text: own } = LOOK[state];
  return (
    <span className={cn("inline-flex items-center gap-1.5 align-middle font-medium whitespace-nowrap", ink)}>
      <Icon size={14} aria-hidden />
      {text ?? own}
    </span>
  );
}
