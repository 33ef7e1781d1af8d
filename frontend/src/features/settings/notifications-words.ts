import type { Schema } from "@/api/client";
import { asProblem } from "@/api/problem";

export type Channel = Schema<"Channel">;
export type Delivery = Schema<"Delivery">;
export type Kind = Channel["kind"];
export type Event = Delivery["event"];
export type DeliveryState = Delivery["state"];

export const KINDS: readonly { kind: Kind; name: string; about: string }[] = [
  { kind: "webhook", name: "Webhook", about: "Signed JSON to an address of yours" },
  { kind: "slack", name: "Slack", about: "An incoming webhook, or a service that takes the same messages" },
  { kind: "email", name: "E-mail", about: "Text to up to 50 recipients" },
];
export const kindName = (kind: Kind): string => KINDS.find((each) => each.kind === kind)?.name ?? kind;

/** In the order in which an incident lives through them. */
export const EVENTS: readonly { event: Event; name: string; about: string | null }[] = [
  { event: "incident.created", name: "New incident", about: null },
  {
    event: "incident.severity_raised",
    name: "Severity raised",
    about: "by new findings or a person's word",
  },
  { event: "incident.assigned", name: "Assigned", about: "somebody was given an incident" },
  { event: "incident.mentioned", name: "Mentioned", about: "a comment names a member" },
  { event: "incident.closed", name: "Closed", about: "an incident was resolved or closed" },
];
export const eventName = (event: Event): string => EVENTS.find((each) => each.event === event)?.name ?? event;

export const STATES: readonly { state: DeliveryState; name: string }[] = [
  { state: "queued", name: "Queued" },
  { state: "delivered", name: "Delivered" },
  { state: "failed", name: "Failed" },
];

/** Addresses as people type them: on lines, with commas, semicolons or spaces between. */
export const recipientsOf = (text: string): string[] => [
  ...new Set(text.split(/[\s,;]+/).filter((each) => each !== "")),
];

/** What the api says of a value of the body or of what lies in it (`/recipients/0`). */
export const errorUnder = (error: unknown, name: string): string | null =>
  asProblem(error).errors.find((each) => {
    const pointer = each.pointer.replace(/^#/, "");
    return pointer === `/${name}` || pointer.startsWith(`/${name}/`);
  })?.detail ?? null;

/** The number and title of the incident that a delivery tells of, as they were. */
export function incidentText(delivery: Delivery): string | null {
  const incident: unknown = delivery.payload.incident;
  if (typeof incident !== "object" || incident === null) return null;
  const { number, title } = incident as Record<string, unknown>;
  if (typeof number !== "number") return null;
  return typeof title === "string" ? `#${number} ${title}` : `#${number}`;
}

/** What the last attempt came to: the number of the answer, then why it failed or what was said. */
export const answerText = (delivery: Pick<Delivery, "status" | "answer" | "error">): string =>
  [delivery.status === null ? "" : String(delivery.status), delivery.error ?? delivery.answer ?? ""]
    .filter((each) => each !== "")
    .join(" ");

/** A secret to sign with: 32 bytes of chance. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
