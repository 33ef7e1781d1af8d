"use client";

import { Time, useNow } from "@/components/data/time";
import { cn } from "@/lib/cn";
import type { Incident } from "./incident";

/** What the api says of service levels, where it does. */
type Due = { respond_by?: string | null; close_by?: string | null; breached?: "response" | "close" | null };

/** Until when somebody has to respond or close, by the organization's service levels; nothing where there are none. */
export function ServiceLevel({ incident }: { incident: Incident & Due }) {
  const now = useNow();
  if (incident.state === "closed" && !incident.breached) return null;
  const waits = incident.state === "new" ? "response" : "close";
  const due = waits === "response" ? incident.respond_by : incident.close_by;
  const late = incident.breached ?? (due && now && new Date(due) < now ? waits : null);
  if (!due && !late) return null;
  return (
    <div>
      <dt>{waits === "response" ? "Respond by" : "Close by"}</dt>
      <dd className={cn(late && "text-danger-ink")}>
        {due ? <Time value={due} parts="minute" /> : null}
        {late ? (
          <span className="ml-1 font-medium">{late === "response" ? "response late" : "closing late"}</span>
        ) : null}
      </dd>
    </div>
  );
}
