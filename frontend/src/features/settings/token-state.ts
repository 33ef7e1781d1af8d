import type { Schema } from "@/api/client";

export type Token = Schema<"Token">;

/** Whether a token opens anything at this time. */
export function tokenState(token: Pick<Token, "revoked_at" | "expires_at">, now: Date): "open" | "expired" | "revoked" {
  if (token.revoked_at !== null) return "revoked";
  return token.expires_at !== null && new Date(token.expires_at) <= now ? "expired" : "open";
}
