import { words } from "@/lib/format";

/** Kinds of actions that the log is filtered by: each ends in a dot, which the api takes for all that begin so. */
export const ACTIONS: { value: string; label: string }[] = [
  ["session.", "Signing in and out"],
  ["user.", "Accounts"],
  ["member.", "Members"],
  ["invitation.", "Invitations"],
  ["token.", "Tokens"],
  ["organization.", "The organization"],
  ["incident.", "Incidents"],
  ["finding.", "Findings"],
  ["rule.", "Rules"],
  ["filter.", "Filters"],
  ["indicator.", "Indicators"],
  ["indicators.", "Lists of indicators"],
  ["hunt.", "Saved hunts"],
  ["retro_hunt.", "Retro-hunts"],
  ["view.", "Saved views"],
  ["collector_input.", "Collector inputs"],
  ["notification_channel.", "Notification channels"],
].map(([value, label]) => ({ value: value ?? "", label: label ?? "" }));

const SPOKEN: Record<string, string> = {
  "session.created": "Signed in",
  "session.refused": "Failed to sign in",
  "session.revoked": "Session ended",
};

/** `member.role_changed` as `Member: role changed`. */
export function actionText(action: string): string {
  const spoken = SPOKEN[action];
  if (spoken !== undefined) return spoken;
  const at = action.indexOf(".");
  if (at < 0) return words(action);
  return `${words(action.slice(0, at))}: ${words(action.slice(at + 1)).toLowerCase()}`;
}

/** The details in one line: `role viewer → admin, email ann@example.com`. */
export function detailText(details: Record<string, unknown>): string {
  const { from, to, ...rest } = details;
  const parts = Object.entries(rest).map(([name, value]) => `${name.replaceAll("_", " ")} ${valueText(value)}`);
  if (from !== undefined || to !== undefined) parts.unshift(`${valueText(from)} → ${valueText(to)}`);
  return parts.join(", ");
}

function valueText(value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (typeof value === "object") {
    const { from, to, ...rest } = value as Record<string, unknown>;
    if ((from !== undefined || to !== undefined) && Object.keys(rest).length === 0)
      return `${valueText(from)} → ${valueText(to)}`;
    return JSON.stringify(value);
  }
  return String(value);
}
