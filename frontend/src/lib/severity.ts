import type { Schema } from "@/api/client";

export type Severity = Schema<"Incident">["severity"];
/** From the gravest. */
export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low", "informational"];
export const severityRank = (severity: string): number => SEVERITIES.length - SEVERITIES.indexOf(severity as Severity);
