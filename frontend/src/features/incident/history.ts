import type { Schema } from "@/api/client";
import { counted, words } from "@/lib/format";

export type HistoryItem = Schema<"HistoryItem">;

const text = (value: unknown): string =>
  typeof value === "string" && value !== "" ? words(value).toLowerCase() : "none";
const size = (value: unknown): number => (typeof value === "number" ? value : Array.isArray(value) ? value.length : 0);

/** What was done, as the end of a sentence that begins with who did it. What has no words here is said by its name. */
export function said(item: HistoryItem, name: (userId: string) => string): string {
  const { action, details } = item;
  const reason = typeof details.reason === "string" && details.reason !== "" ? `: ${details.reason}` : "";
  switch (action) {
    case "opened":
      return `opened the incident with ${counted(size(details.findings), "finding")}`;
    case "findings_added":
      return `added ${counted(size(details.added), "finding")}`;
    case "state":
    case "severity":
    case "verdict":
      return `changed the ${action} from ${text(details.from)} to ${text(details.to)}`;
    case "title":
    case "title_override":
      return `changed the title to “${typeof details.to === "string" ? details.to : "the one worked out"}”`;
    case "assignee":
      return typeof details.to === "string" ? `assigned it to ${name(details.to)}` : "assigned it to nobody";
    case "commented":
      return "commented";
    case "comment_edited":
      return "edited a comment";
    case "evidence_added":
      return `added evidence (${text(details.kind)})`;
    case "evidence_removed":
      return "removed evidence";
    case "merge":
      return `decided to merge it with another incident${reason}`;
    case "split":
      return `decided to split ${counted(size(details.finding_ids), "finding")} off${reason}`;
    case "merged":
      return "merged it into another incident";
    case "decision_undone":
      return `took a ${text(details.kind)} back`;
    default:
      return words(action).toLowerCase();
  }
}
