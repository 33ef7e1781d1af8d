/** A raw record as a tree, and which of its parts a rule's fields mean. */

/** A number that JavaScript cannot hold, as it is written in the record. */
export class ExactNumber {
  constructor(readonly text: string) {}
}

export type Node = {
  /** From the root: `userIdentity.sessionContext.attributes[0]`; "" for the root. */
  path: string;
  name: string;
  /** Of a leaf. */
  text?: string;
  kind: "object" | "list" | "text" | "number" | "boolean" | "null";
  children: Node[];
};

/** Fields with their values as a finding's `matched` has them, or paths and values. */
export type Marked = Record<string, unknown> | readonly string[];

type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;

/** The record as a tree; null where it is not one JSON object or list. */
export function treeOf(raw: string): Node | null {
  const start = raw.trimStart().charAt(0);
  if (start !== "{" && start !== "[") return null;
  const exact: Reviver = (_key, value, context) =>
    typeof value === "number" &&
    context?.source !== undefined &&
    !Number.isSafeInteger(value) &&
    digits(value) !== context.source
      ? new ExactNumber(context.source)
      : value;
  try {
    return node("", "", JSON.parse(raw, exact as Parameters<typeof JSON.parse>[1]));
  } catch {
    return null;
  }
}

const digits = (value: number) => String(value);

function node(path: string, name: string, value: unknown): Node {
  if (value instanceof ExactNumber) return { path, name, kind: "number", text: value.text, children: [] };
  if (Array.isArray(value))
    return {
      path,
      name,
      kind: "list",
      children: value.map((each, index) => node(`${path}[${index}]`, String(index), each)),
    };
  if (typeof value === "object" && value !== null)
    return {
      path,
      name,
      kind: "object",
      children: Object.entries(value).map(([key, each]) => node(path === "" ? key : `${path}.${key}`, key, each)),
    };
  if (value === null) return { path, name, kind: "null", text: "null", children: [] };
  if (typeof value === "boolean") return { path, name, kind: "boolean", text: String(value), children: [] };
  if (typeof value === "number") return { path, name, kind: "number", text: String(value), children: [] };
  return { path, name, kind: "text", text: String(value), children: [] };
}

export function* leaves(root: Node): Generator<Node> {
  if (root.text !== undefined) yield root;
  for (const child of root.children) yield* leaves(child);
}

/** `[0].Event.EventID` and `event_id` alike: without places in lists, case and underscores. */
const bare = (path: string) =>
  path
    .replace(/\[\d+\]/g, "")
    .replaceAll("_", "")
    .toLowerCase();

function valuesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(valuesOf);
  if (value === null || value === undefined || typeof value === "object") return [];
  return [String(value)].filter((text) => text !== "");
}

function asFields(marked: Marked): [string, string[]][] {
  return Array.isArray(marked)
    ? (marked as readonly string[]).map((each) => [each, [each]])
    : Object.entries(marked as Record<string, unknown>).map(([field, value]) => [field, valuesOf(value)]);
}

/**
 * Paths of the leaves that the fields mean: those of that path; else of that name (`EventID` for `winlog.event_id`) with the value; else those that
 * hold the value and nothing else; else, where it is long enough to mean something, those that hold it among other text.
 */
export function markedPaths(root: Node, marked: Marked): Set<string> {
  const found = new Set<string>();
  const all = [...leaves(root)];
  for (const [field, values] of asFields(marked)) {
    const wanted = bare(field);
    const last = wanted.split(".").pop() ?? wanted;
    const holds = (leaf: Node) => values.some((value) => leaf.text?.toLowerCase() === value.toLowerCase());
    const tries: ((leaf: Node) => boolean)[] = [
      (leaf) => bare(leaf.path) === wanted,
      (leaf) => bare(leaf.path).startsWith(`${wanted}.`) && holds(leaf),
      (leaf) => (bare(leaf.path) === last || bare(leaf.path).endsWith(`.${last}`)) && holds(leaf),
      holds,
      (leaf) => values.some((value) => value.length >= 4 && leaf.text?.toLowerCase().includes(value.toLowerCase())),
    ];
    for (const fits of tries) {
      const here = all.filter(fits);
      if (here.length === 0) continue;
      for (const leaf of here) found.add(leaf.path);
      break;
    }
  }
  return found;
}

export type Piece = { text: string; marked: boolean };

/** The text in pieces, those that are one of the values apart: longest first, whatever the case. */
export function pieces(text: string, values: readonly string[]): Piece[] {
  const wanted = [...new Set(values)].filter((each) => each !== "").sort((one, other) => other.length - one.length);
  if (wanted.length === 0) return [{ text, marked: false }];
  const pattern = new RegExp(wanted.map((each) => each.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "gi");
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > at) found.push({ text: text.slice(at, match.index), marked: false });
    found.push({ text: match[0], marked: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ text: text.slice(at), marked: false });
  return found;
}

/** What to look for in a text: the fields' values; of a command line also its longer arguments, which stand apart in some records. */
export function markedTexts(marked: Marked): string[] {
  return asFields(marked).flatMap(([, values]) =>
    values.flatMap((value) => [value, ...value.split(/\s+/).filter((part) => part.length >= 6)]),
  );
}

/** What is written in hexadecimal digits (auditd does so for what holds spaces), with the text it stands for. */
export function hexTexts(raw: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [digits] of raw.matchAll(/\b(?:[0-9A-F]{2}){4,}\b/g)) {
    const bytes = Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const text = new TextDecoder().decode(bytes).replaceAll("\0", " ").trim();
    // Numbers look like that too: only what is readable throughout is a text.
    if (/^[\p{L}\p{N}\p{P}\p{S}\p{Zs}\t\n\r]+$/u.test(text) && !text.includes("\uFFFD")) found.set(digits, text);
  }
  return found;
}

/** Paths of objects and lists that are open at first: all where the record is small, else the first level and what leads to marks. */
export function openAtFirst(root: Node, marks: ReadonlySet<string>): Set<string> {
  const open = new Set<string>();
  const small = [...leaves(root)].length <= 60;
  const visit = (each: Node, depth: number): boolean => {
    let has = marks.has(each.path);
    for (const child of each.children) has = visit(child, depth + 1) || has;
    if (each.children.length > 0 && (has || depth === 0 || (small && each.children.length <= 20))) open.add(each.path);
    return has;
  };
  visit(root, 0);
  return open;
}
