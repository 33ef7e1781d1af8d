import type { Schema } from "@/api/client";

export type Indicator = Schema<"Indicator">;
export type IndicatorType = Indicator["type"];

export const TYPES: Record<IndicatorType, string> = {
  ipv4: "IPv4 address",
  ipv6: "IPv6 address",
  cidr: "Network (CIDR)",
  ip_range: "Address range",
  domain: "Domain",
  url: "URL",
  md5: "MD5",
  sha1: "SHA-1",
  sha224: "SHA-224",
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
  email: "E-mail address",
};
export const typeOptions = Object.entries(TYPES).map(([value, label]) => ({ value, label }));

/** What a field for times holds, as the api takes it; null where it is empty. */
export function endOf(field: string): string | null {
  const at = Date.parse(field);
  return field === "" || Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** The state in words. */
export function indicatorState(indicator: Pick<Indicator, "enabled" | "expires_at">, now: number): string {
  if (!indicator.enabled) return "Off";
  return indicator.expires_at !== null && Date.parse(indicator.expires_at) <= now ? "Expired" : "Active";
}
