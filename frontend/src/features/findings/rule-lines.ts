import type { Schema } from "@/api/client";

export type RuleLine = { number: number; text: string; marked: boolean; value?: string };

/** The value as one text; "" for what is none. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The values that a rule's field asks for on its own lines hold one per line: those that the record has, else all of them. */
function linesOf(lines: string[], field: Schema<"MatchedField">): number[] {
  const all = Array.from({ length: field.last_line - field.first_line + 1 }, (_, index) => field.first_line + index);
  if (all.length === 1) return all;
  const value = valueText(field.value).toLowerCase();
  const that = all.slice(1).filter((number) => {
    const asked = (lines[number - 1] ?? "")
      .trim()
      .replace(/^-\s*/, "")
      .replace(/^(['"])(.*)\1$/, "$2")
      .replace(/^\*|\*$/g, "")
      .replaceAll("\\\\", "\\")
      .toLowerCase();
    return asked !== "" && value.includes(asked);
  });
  return that.length === 0 ? all : [field.first_line, ...that];
}

/** The rule's text by line; those that decided are marked, with the record's value beside the field's first. */
export function ruleLines(explanation: Schema<"Explanation">): RuleLine[] {
  const lines = (explanation.rule_text ?? "").replace(/\n$/, "").split("\n");
  const marked = new Map<number, string | undefined>();
  for (const selection of explanation.selections)
    if (selection.matched === true) marked.set(selection.first_line, undefined);
  for (const field of explanation.fields)
    for (const [index, number] of linesOf(lines, field).entries())
      if (index === 0 || !marked.has(number)) marked.set(number, index === 0 ? valueText(field.value) : undefined);
  return lines.map((text, index) => ({
    number: index + 1,
    text,
    marked: marked.has(index + 1),
    value: marked.get(index + 1),
  }));
}

/** First and last line of what the rule asks for: its `detection` or `correlation`; the whole text where it has neither. */
export function essence(lines: RuleLine[]): [number, number] {
  const start = lines.findIndex((line) => /^(detection|correlation):/.test(line.text));
  if (start < 0) return [0, lines.length];
  const end = lines.findIndex((line, index) => index > start && /^\S/.test(line.text) && !line.text.startsWith("#"));
  return [start, end < 0 ? lines.length : end];
}
