import type { Schema } from "@/api/client";

/** A rule as it is being written. */
export type Draft = { text: string; enabled: boolean; samples: Schema<"Sample">[] };

/** And what it was written over: saved over anything else, the api says so. */
export type KeptDraft = Draft & { etag: string };

/** Under this name the hunt leaves a rule's text for the editor to begin with. */
export const HANDED_OVER = "draft-rule";
const keptUnder = (place: string) => `rule-draft:${place}`;

/** What a new rule begins with. */
export const template = (id: string, today: string): string => `title: New rule
id: ${id}
status: experimental
description: What it finds, and why that is worth somebody's time.
author: ""
date: ${today}
tags:
    - attack.persistence
    - attack.t1098
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateAccessKey
    condition: selection
falsepositives:
    - What is known to look the same and be harmless
level: medium
`;

/**
 * Another rule's text as the start of an own one: an id and a title of its own, and a word of where it comes from (Sigma's `related`).
 * Only lines of the rule itself (at the margin) are touched, so comments and the order stay.
 */
export function derived(text: string, fromId: string, newId: string): string {
  const lines = text.trimEnd().split("\n");
  const hasId = lines.some((line) => /^id:/.test(line));
  const hasRelated = lines.some((line) => /^related:/.test(line));
  const relation = [`    - id: ${fromId}`, "      type: derived"];
  const made = lines.flatMap((line) => {
    if (/^title:/.test(line)) {
      const title = line.replace(/^title:\s*/, "").replace(/^(['"])(.*)\1\s*$/, "$2");
      const head = [`title: ${JSON.stringify(`${title.trim()} (own)`)}`];
      return hasId ? head : [...head, `id: ${newId}`, ...(hasRelated ? [] : ["related:", ...relation])];
    }
    if (/^id:/.test(line)) return [`id: ${newId}`, ...(hasRelated ? [] : ["related:", ...relation])];
    return line;
  });
  return `${made.join("\n")}\n`;
}

/** What was written at a place (a rule's id, `new`) and not saved, or null. */
export function keptDraft(place: string): KeptDraft | null {
  const text = sessionStorage.getItem(keptUnder(place));
  if (text === null) return null;
  try {
    const read = JSON.parse(text) as Partial<KeptDraft>;
    if (typeof read.text !== "string" || !Array.isArray(read.samples)) throw new Error("not a draft");
    return { text: read.text, enabled: read.enabled !== false, samples: read.samples, etag: read.etag ?? "" };
  } catch {
    sessionStorage.removeItem(keptUnder(place));
    return null;
  }
}

export function keepDraft(place: string, draft: KeptDraft | null): void {
  if (draft === null) sessionStorage.removeItem(keptUnder(place));
  else sessionStorage.setItem(keptUnder(place), JSON.stringify(draft));
}

export const sameDraft = (one: Draft, other: Draft): boolean =>
  one.text === other.text &&
  one.enabled === other.enabled &&
  JSON.stringify(one.samples) === JSON.stringify(other.samples);

/** First and last position of a line (from 1) in a text. */
export function lineAt(text: string, line: number): { from: number; to: number } {
  const lines = text.split("\n");
  const at = Math.min(Math.max(line, 1), lines.length);
  const from = lines.slice(0, at - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return { from, to: from + (lines[at - 1]?.length ?? 0) };
}

/** A random UUID (version 4); `crypto.randomUUID` is not there on pages without TLS. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
