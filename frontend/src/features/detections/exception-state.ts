import type { Schema } from "@/api/client";

export type ExceptionState = "active" | "expired" | "ended";

/** Whether a filter withholds findings now. */
export function exceptionState(
  filter: Pick<Schema<"RuleFilter">, "revoked_at" | "expires_at">,
  now: number,
): ExceptionState {
  if (filter.revoked_at !== null) return "ended";
  return filter.expires_at !== null && Date.parse(filter.expires_at) <= now ? "expired" : "active";
}

/** How many days a filter has left, rounded up; null where it does not end. */
export function daysLeft(filter: Pick<Schema<"RuleFilter">, "expires_at">, now: number): number | null {
  return filter.expires_at === null ? null : Math.ceil((Date.parse(filter.expires_at) - now) / 86_400_000);
}
