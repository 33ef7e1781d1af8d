"use client";

import { Clock } from "lucide-react";

import { useNow } from "@/components/data/time";
import { cn } from "@/lib/cn";
import { durationText, localText } from "@/lib/time";
import type { Incident } from "./address";

export type Clock = { text: string; tone: "late" | "soon" | "calm" | "done"; hint: string };

/** With less left than this (s), a deadline is near. */
const SOON = { Respond: 15 * 60, Close: 2 * 3_600 };

/** What the service level's clock of an incident says; null where its severity has no deadline. */
export function clockOf(
  incident: Pick<Incident, "closed_at" | "responded_at" | "respond_by" | "close_by" | "deadline" | "breached">,
  now: Date,
): Clock | null {
  const { respond_by, close_by, deadline, breached } = incident;
  if (respond_by === null && close_by === null) return null;
  if (deadline === null) {
    if (incident.closed_at === null) return null;
    if (breached === "close") return { text: "Closed late", tone: "done", hint: due("Was to be closed by", close_by) };
    if (breached === "response")
      return { text: "Answered late", tone: "done", hint: due("Was to be responded to by", respond_by) };
    return { text: "In time", tone: "done", hint: "" };
  }
  const responding = incident.responded_at === null && respond_by !== null && deadline === respond_by;
  const what = responding ? "Respond" : "Close";
  const seconds = (Date.parse(deadline) - now.getTime()) / 1000;
  const hint = due(responding ? "To be responded to by" : "To be closed by", deadline);
  if (seconds <= 0) return { text: `${what} ${durationText(seconds)} late`, tone: "late", hint };
  return { text: `${what} in ${durationText(seconds)}`, tone: seconds < SOON[what] ? "soon" : "calm", hint };
}

const due = (what: string, at: string | null): string => (at === null ? "" : `${what} ${localText(at, "minute")}`);

/** The service level's clock. Tone is said in words too: late, in. */
export function Deadline({ incident }: { incident: Incident }) {
  const now = useNow();
  if (now === null) return null;
  const clock = clockOf(incident, now);
  if (clock === null) return <span className="text-ink-3">No deadline</span>;
  return (
    <span
      title={clock.hint}
      className={cn(
        "inline-flex items-center gap-1 whitespace-nowrap",
        clock.tone === "late" && "font-medium text-danger-ink",
        clock.tone === "soon" && "text-warn-ink",
        clock.tone === "calm" && "text-ink-2",
        clock.tone === "done" && "text-ink-3",
      )}
    >
      {clock.tone === "late" || clock.tone === "soon" ? <Clock size={12} aria-hidden /> : null}
      {clock.text}
    </span>
  );
}
