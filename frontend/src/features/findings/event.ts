import type { Schema } from "@/api/client";

/** What a finding keeps of its event, as far as it is there. */
export type KeptEvent = {
  id: string;
  raw: string;
  /** Whether `raw` is the whole record. */
  whole: boolean;
  source: string;
  attributes: Record<string, unknown>;
  doubts: { attribute: string; reason: string }[];
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The event beside the finding; null where none is kept there: it is in the lake. */
export function keptEvent(finding: Pick<Schema<"WholeFinding">, "event">): KeptEvent | null {
  const { event } = finding;
  if (event === null || typeof event.raw !== "string" || typeof event.event_id !== "string") return null;
  const size = typeof event.raw_bytes === "number" ? event.raw_bytes : 0;
  return {
    id: event.event_id,
    raw: event.raw,
    whole: size <= new TextEncoder().encode(event.raw).length,
    source: typeof event.source === "string" ? event.source : "",
    attributes: isRecord(event.attributes) ? event.attributes : {},
    doubts: (Array.isArray(event.doubts) ? event.doubts : []).flatMap((each: unknown) =>
      isRecord(each) && typeof each.attribute === "string" && typeof each.reason === "string"
        ? [{ attribute: each.attribute, reason: each.reason }]
        : [],
    ),
  };
}

const text = (value: unknown): string => {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === "string" || typeof one === "number" ? String(one) : "";
};

/** What an event says was done, from the attributes that say it; its actor where nothing else is known; "" where that is not known either. */
export function eventLine(attributes: Record<string, unknown>): string {
  const of = (name: string) => text(attributes[name]);
  const operation = of("api.operation");
  if (operation !== "") {
    const service = of("api.service.name").split(".")[0] ?? "";
    return join([service === "" ? operation : `${service}:${operation}`, of("resources.uid") || of("resources.name")]);
  }
  const command = of("process.cmd_line") || of("process.file.path") || of("process.name");
  if (command !== "") return command;
  const method = of("http_request.http_method");
  if (method !== "")
    return join([method, of("http_request.url.path") || of("http_request.url.url_string"), of("http_response.code")]);
  const asked = of("query.hostname");
  if (asked !== "") return `looked up ${asked}`;
  const file = of("file.path") || of("file.name");
  if (file !== "") return file;
  const message = of("message");
  if (message !== "") return message;
  const target = of("dst_endpoint.ip") || of("dst_endpoint.hostname");
  if (target !== "") return join(["to", target, of("dst_endpoint.port")]);
  const code = of("metadata.event_code");
  return join([code === "" ? "" : `event ${code}`, of("actor.user.name") || of("user.name")]);
}

const join = (parts: string[]) => parts.filter((each) => each !== "").join(" ");

/** `+3 s`, `-12 min`: how far from the finding. */
export function apart(at: string, from: string): string {
  const seconds = (new Date(at).getTime() - new Date(from).getTime()) / 1000;
  if (Number.isNaN(seconds)) return "";
  const sign = seconds < 0 ? "-" : "+";
  const size = Math.abs(seconds);
  if (size < 0.0005) return "0 s";
  if (size < 10) return `${sign}${size.toFixed(1)} s`;
  return size < 120 ? `${sign}${Math.round(size)} s` : `${sign}${Math.round(size / 60)} min`;
}

/** The finding's entities, whoever acted first: the one to look around is the first. */
export function byImportance(entities: readonly Schema<"Named">[]): Schema<"Named">[] {
  const roles = ["actor", "target", "related"];
  const types = ["user", "access_key", "host", "address", "workload"];
  const rank = (list: string[], value: string | null | undefined) =>
    value && list.includes(value) ? list.indexOf(value) : list.length;
  return [...entities].sort(
    (one, other) => rank(roles, one.role) - rank(roles, other.role) || rank(types, one.type) - rank(types, other.type),
  );
}

export type EventSummary = { id: string; time: string; source: string; line: string };

/** A hunt for events without more (its columns by name), as one line each. */
export function summaries(result: Pick<Schema<"HuntResult">, "columns" | "rows">): EventSummary[] {
  const place = new Map(result.columns.map((column, index) => [column.name, index]));
  return result.rows.map((row) => {
    const of = (name: string) => row[place.get(name) ?? -1];
    const attributes = of("attributes");
    return {
      id: String(of("event_id")),
      time: String(of("time")),
      source: String(of("source")),
      line: isRecord(attributes) ? eventLine(attributes) : "",
    };
  });
}

/** The time some minutes on. */
export const shifted = (time: string, minutes: number): string =>
  new Date(new Date(time).getTime() + minutes * 60_000).toISOString();
