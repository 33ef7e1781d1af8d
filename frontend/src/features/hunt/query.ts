/** The hunting language as far as the page reads it: tokens, the condition apart from what follows the first `|`, conditions added and taken back. */

export type TokenKind = "name" | "text" | "number" | "span" | "sign" | "wrong";
export type Token = { kind: TokenKind; text: string; start: number; end: number };

const PATTERNS: readonly [TokenKind, RegExp][] = [
  ["text", /"(?:[^"]|"")*"|'(?:[^']|'')*'/y],
  ["name", /[A-Za-z_][A-Za-z0-9_-]*(?:\.(?:[A-Za-z0-9_@$-]+|`[^`]+`))*/y],
  ["span", /[0-9]+[smhdw](?![A-Za-z0-9_])/y],
  ["sign", /!=|<=|>=|[=<>(),|]/y],
  ["number", /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y],
];

/** Tokens of a text that may be half written: a quote without its end reaches to the end. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const token = next(text, at);
    found.push(token);
    at = token.end;
  }
  return found;
}

function next(text: string, start: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start;
    const found = pattern.exec(text);
    if (found !== null) return { kind, text: found[0], start, end: start + found[0].length };
  }
  const open = text.charAt(start) === '"' || text.charAt(start) === "'";
  const end = open ? text.length : start + 1;
  return { kind: open ? "text" : "wrong", text: text.slice(start, end), start, end };
}

/** The condition, and what follows it: `a = 1` and `| count by b`. */
export function halves(query: string): { where: string; rest: string } {
  const bar = tokens(query).find((token) => token.kind === "sign" && token.text === "|");
  if (bar === undefined) return { where: query.trim(), rest: "" };
  return { where: query.slice(0, bar.start).trim(), rest: query.slice(bar.start).trim() };
}

const isWord = (token: Token, word: string) => token.kind === "name" && token.text.toLowerCase() === word;

/** Whether an `or` stands outside of all brackets: then `and` needs brackets around it. */
function loose(where: string): boolean {
  let depth = 0;
  for (const token of tokens(where)) {
    if (token.text === "(" && token.kind === "sign") depth += 1;
    else if (token.text === ")" && token.kind === "sign") depth -= 1;
    else if (depth === 0 && isWord(token, "or")) return true;
  }
  return false;
}

/** The conditions that are joined by `and` outside of brackets. */
function conjuncts(where: string): string[] {
  if (where === "" || loose(where)) return where === "" ? [] : [where];
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (const token of tokens(where)) {
    if (token.text === "(" && token.kind === "sign") depth += 1;
    else if (token.text === ")" && token.kind === "sign") depth -= 1;
    else if (depth === 0 && isWord(token, "and")) {
      found.push(where.slice(start, token.start).trim());
      start = token.end;
    }
  }
  found.push(where.slice(start).trim());
  return found.filter((each) => each !== "");
}

/** The query with one more condition; what says the opposite of it goes. `keep: false` leaves out what follows the condition. */
export function withCondition(query: string, condition: string, { keep = true, opposite = "" } = {}): string {
  const { where, rest } = halves(query);
  const parts = conjuncts(where).filter((each) => each !== opposite);
  const before = parts.length === 1 && loose(parts[0] ?? "") ? [`(${parts[0]})`] : parts;
  const all = before.includes(condition) ? before : [...before, condition];
  return [all.join(" and "), keep ? rest : ""].filter((each) => each !== "").join(" ");
}

/** A value as the language writes it. */
export function literal(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return `"${String(value).replaceAll('"', '""')}"`;
}

/** A name as the language writes it: parts with other characters stand in backquotes; null where no way is left. */
export function written(path: string[]): string | null {
  const parts = path.map((part) =>
    /^[A-Za-z0-9_@$-]+$/.test(part) ? part : part.includes("`") ? null : `\`${part}\``,
  );
  return parts.includes(null) ? null : parts.join(".");
}

/** `attribute = value`, or that it is not so; for a list: that it has one of them. */
export function condition(attribute: string, value: unknown, out = false): string {
  if (value === null || value === undefined) return out ? `${attribute} exists` : `not ${attribute} exists`;
  if (Array.isArray(value)) {
    const values = value.filter((each) => each !== null && typeof each !== "object").map(literal);
    return `${attribute} ${out ? "not in" : "in"} (${values.join(", ")})`;
  }
  return `${attribute} ${out ? "!=" : "="} ${literal(value)}`;
}

/** The query narrowed to a value, or by it. */
export function filtered(query: string, attribute: string, value: unknown, out: boolean, keep = true): string {
  if (attribute === "entity" || attribute === "entities") {
    const named = `entity = ${literal(value)}`;
    const not = `not ${named}`;
    return withCondition(query, out ? not : named, { keep, opposite: out ? named : not });
  }
  return withCondition(query, condition(attribute, value, out), {
    keep,
    opposite: condition(attribute, value, !out),
  });
}

/** What stands before the cursor: whose values are asked for, or which name is begun. */
export type Asked =
  | { what: "value"; attribute: string; from: number; prefix: string; quoted: boolean }
  | { what: "attribute" | "operator" | "joint" | "stage"; from: number; prefix: string };

const STAGES = ["count", "top", "distinct", "sort", "limit", "fields", "timechart"];
const OPERATORS = ["contains", "startswith", "endswith", "like", "matches", "in", "exists"];
const VALUED = [...OPERATORS.filter((each) => each !== "exists"), "cased", "=", "!=", "<", "<=", ">", ">="];

/** Which completion fits at a place of the text; null where none does. */
export function askedAt(text: string, at: number): Asked | null {
  const before = tokens(text.slice(0, at));
  const last = before.at(-1);
  const touching = last !== undefined && last.end === at;
  if (touching && (last.kind === "number" || last.kind === "wrong")) return null;
  const word = touching && (last.kind === "name" || last.kind === "span") ? last : null;
  const open = touching && last.kind === "text" && !/^(["'])(?:(?!\1).|\1\1)*\1$/s.test(last.text) ? last : null;
  const settled = word !== null || open !== null ? before.slice(0, -1) : before;
  const from = word?.start ?? open?.start ?? at;
  const prefix = word?.text ?? (open === null ? "" : open.text.slice(1));
  const bars = settled.flatMap((token, index) => (token.kind === "sign" && token.text === "|" ? [index] : []));
  const bar = bars.at(-1);
  if (bar !== undefined) return open === null ? inStage(settled.slice(bar + 1), from, prefix) : null;
  return inCondition(settled, from, prefix, open !== null);
}

function inStage(settled: Token[], from: number, prefix: string): Asked | null {
  if (settled.length === 0) return { what: "stage", from, prefix };
  const last = settled[settled.length - 1];
  const stage = settled[0]?.text.toLowerCase() ?? "";
  const names = ["distinct", "sort", "fields"].includes(stage);
  if (last === undefined) return null;
  if (isWord(last, "by") || last.text === "," || (names && settled.length === 1))
    return { what: "attribute", from, prefix };
  return STAGES.includes(stage) ? { what: "operator", from, prefix } : null;
}

function inCondition(settled: Token[], from: number, prefix: string, quoted: boolean): Asked | null {
  let at = settled.length - 1;
  const last = settled[at];
  if (last === undefined || isWord(last, "and") || isWord(last, "or")) {
    return quoted ? null : { what: "attribute", from, prefix };
  }
  if (isWord(last, "not")) {
    const whose = settled[at - 1];
    const relation = whose?.kind === "name" && !["and", "or", "not"].includes(whose.text.toLowerCase());
    return quoted ? null : { what: relation ? "operator" : "attribute", from, prefix };
  }
  // Within a list of values: back to its bracket.
  if (last.text === "," || last.text === "(") {
    while (at >= 0 && settled[at]?.text !== "(") at -= 1;
    const opener = settled[at - 1];
    if (opener === undefined || !VALUED.includes(opener.text.toLowerCase()))
      return quoted ? null : { what: "attribute", from, prefix };
    at -= 1;
  } else if (!VALUED.includes(last.text.toLowerCase())) {
    if (quoted) return null;
    const before = settled[at - 1];
    const named = last.kind === "name" && !(before && VALUED.includes(before.text.toLowerCase()));
    return { what: named && !isWord(last, "exists") ? "operator" : "joint", from, prefix };
  }
  while (at >= 0 && (VALUED.includes(settled[at]?.text.toLowerCase() ?? "") || isWord(settled[at] as Token, "not")))
    at -= 1;
  const attribute = settled[at];
  return attribute?.kind === "name" ? { what: "value", attribute: attribute.text, from, prefix, quoted } : null;
}
