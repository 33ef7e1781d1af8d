import type { Schema } from "@/api/client";

export type Answer = Schema<"HuntResult">;
export type AnswerKind = "events" | "records" | "counts" | "values";

/** A row of an answer, under a name that stays while the answer does. */
export type Row = { id: string; values: Record<string, unknown>; attributes: Record<string, unknown> };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What an answer shows: events, records as they arrived, counts, or attributes that were asked for. */
export function kindOf(answer: Answer): AnswerKind {
  const names = answer.columns.map((column) => column.name);
  if (names.includes("event_id") && names.includes("attributes")) return "events";
  if (names.includes("event_id") && names.includes("raw")) return "records";
  const last = answer.columns.at(-1);
  return last?.name === "count" && last.kind === "number" ? "counts" : "values";
}

export function rowsOf(answer: Answer): Row[] {
  const named = answer.columns.map((column) => column.name);
  return answer.rows.map((row, place) => {
    const values = Object.fromEntries(named.map((name, at) => [name, row[at]]));
    const id = typeof values.event_id === "string" ? values.event_id : String(place);
    return { id, values, attributes: isRecord(values.attributes) ? values.attributes : {} };
  });
}

/** What a row holds under a name: a column of the answer, an attribute of the event, or what lies below it. */
export function valueOf(row: Row, name: string): unknown {
  if (name in row.values) return row.values[name];
  if (name in row.attributes) return row.attributes[name];
  let place = name.lastIndexOf(".");
  while (place > 0) {
    const above = row.attributes[name.slice(0, place)];
    if (above !== undefined) return below(above, name.slice(place + 1).split("."));
    place = name.lastIndexOf(".", place - 1);
  }
  return undefined;
}

function below(value: unknown, path: string[]): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(value)) {
    const found = value.map((each) => below(each, path)).filter((each) => each !== undefined);
    return found.length === 0 ? undefined : found.flat();
  }
  return isRecord(value) ? below(value[first], rest) : undefined;
}

/** A value as a cell shows it; "" where there is none. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Rows by a column (`-name`: the greatest first); what is absent comes last either way. */
export function sorted(rows: Row[], sort: string): Row[] {
  if (sort === "") return rows;
  const down = sort.startsWith("-");
  const name = down ? sort.slice(1) : sort;
  const keyed = rows.map((row) => ({ row, value: valueOf(row, name) }));
  return keyed
    .sort((one, other) => {
      const missing = Number(absent(one.value)) - Number(absent(other.value));
      if (missing !== 0 || absent(one.value)) return missing;
      const order =
        typeof one.value === "number" && typeof other.value === "number"
          ? one.value - other.value
          : COLLATOR.compare(textOf(one.value), textOf(other.value));
      return down ? -order : order;
    })
    .map((each) => each.row);
}

const COLLATOR = new Intl.Collator("en", { numeric: true });
const absent = (value: unknown) => value === null || value === undefined || value === "";

/** Names of attributes in the rows, the most frequent first, with how many rows have them. */
export function attributesIn(rows: readonly Row[]): { name: string; rows: number }[] {
  const counts = new Map<string, number>();
  for (const row of rows) for (const name of Object.keys(row.attributes)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, rows: count }))
    .sort((one, other) => other.rows - one.rows || one.name.localeCompare(other.name));
}

/** `user:alice` apart; the value may hold colons. */
export function entityOf(text: string): { type: string; value: string } | null {
  const at = text.indexOf(":");
  return at <= 0 ? null : { type: text.slice(0, at), value: text.slice(at + 1) };
}

export type Series = { name: string; counts: number[] };

/** At most `most` series: the greatest, and the others together as one. */
export function gathered(counts: Record<string, number[]>, most = 8): Series[] {
  const all = Object.entries(counts)
    .map(([name, each]) => ({ name, counts: each, sum: each.reduce((sum, one) => sum + one, 0) }))
    .sort((one, other) => other.sum - one.sum);
  if (all.length <= most) return all.map(({ name, counts: each }) => ({ name, counts: each }));
  const rest = all.slice(most - 1);
  const length = all[0]?.counts.length ?? 0;
  return [
    ...all.slice(0, most - 1).map(({ name, counts: each }) => ({ name, counts: each })),
    {
      name: `${rest.length} others`,
      counts: Array.from({ length }, (_, at) => rest.reduce((sum, each) => sum + (each.counts[at] ?? 0), 0)),
    },
  ];
}
