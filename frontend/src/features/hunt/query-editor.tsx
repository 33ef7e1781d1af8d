"use client";

import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  startCompletion,
} from "@codemirror/autocomplete";
import { StreamLanguage } from "@codemirror/language";
import { type Diagnostic, linter } from "@codemirror/lint";
import { EditorView, type ViewUpdate } from "@codemirror/view";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { type Ref, useMemo } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import CodeMirror from "@/components/editor/code-mirror";
import type { EditorHandle } from "@/components/editor/given";
import { compact } from "@/lib/format";
import { askedAt, literal } from "./query";

type Range = { from: string; to: string };

const WORDS = new Set(
  "and or not in cidr contains startswith endswith like matches exists cased count by top distinct sort asc desc limit fields timechart span".split(
    " ",
  ),
);

/** Colours of the hunting language. */
const language = StreamLanguage.define<{ after: boolean }>({
  name: "hunt",
  startState: () => ({ after: false }),
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^"(?:[^"]|"")*"?/) || stream.match(/^'(?:[^']|'')*'?/)) return "string";
    if (stream.match(/^[A-Za-z_][A-Za-z0-9_-]*(?:\.(?:[A-Za-z0-9_@$-]+|`[^`]*`?))*/)) {
      const word = stream.current().toLowerCase();
      if (word === "true" || word === "false") return "bool";
      return WORDS.has(word) ? "keyword" : "propertyName";
    }
    if (stream.match(/^-?[0-9]+(?:\.[0-9]+)?[smhdw]?/)) return "number";
    if (stream.match(/^(?:!=|<=|>=|[=<>|(),])/)) return "operator";
    stream.next();
    return "invalid";
  },
  languageData: { closeBrackets: { brackets: ["(", '"', "'", "`"] } },
});

const OPERATORS: Completion[] = [
  { label: "=", apply: "= ", detail: "is" },
  { label: "!=", apply: "!= ", detail: "is not, or is absent" },
  { label: "contains", apply: "contains ", detail: "has the text in it" },
  { label: "startswith", apply: "startswith ", detail: "begins with" },
  { label: "endswith", apply: "endswith ", detail: "ends with" },
  { label: "in", apply: "in (", detail: "is one of" },
  { label: "not in", apply: "not in (", detail: "is none of" },
  { label: "like", apply: "like ", detail: "pattern with * and ?" },
  { label: "matches", apply: "matches ", detail: "regular expression" },
  { label: "in cidr", apply: "in cidr ", detail: "address in a network" },
  { label: ">", apply: "> ", detail: "is greater" },
  { label: ">=", apply: ">= ", detail: "is greater or the same" },
  { label: "<", apply: "< ", detail: "is less" },
  { label: "<=", apply: "<= ", detail: "is less or the same" },
  { label: "exists", apply: "exists ", detail: "is there at all" },
];
const JOINTS: Completion[] = [
  { label: "and", apply: "and " },
  { label: "or", apply: "or " },
  { label: "|", apply: "| ", detail: "what to make of the events" },
];
const STAGES: Completion[] = [
  { label: "count by", apply: "count by ", detail: "how many for each" },
  { label: "count", detail: "how many" },
  { label: "top 20 by", apply: "top 20 by ", detail: "the most frequent" },
  { label: "timechart by", apply: "timechart by ", detail: "how many over time" },
  { label: "timechart span 1h", detail: "how many in each hour" },
  { label: "distinct", apply: "distinct ", detail: "the different values" },
  { label: "fields", apply: "fields ", detail: "show these attributes" },
  { label: "sort", apply: "sort ", detail: "another order" },
  { label: "limit 100", detail: "no more than this" },
];
const STAGE_WORDS: Completion[] = ["by", "asc", "desc", "span"].map((word) => ({ label: word, apply: `${word} ` }));
const FIRST_WORDS: Completion[] = [
  { label: "not", apply: "not ", boost: -50 },
  { label: "entity", apply: "entity = ", detail: "whoever the event names", boost: -49 },
];

async function attributes(client: QueryClient, prefix: string): Promise<Completion[]> {
  const found = await client.fetchQuery({
    queryKey: ["hunts", "fields", prefix.toLowerCase()],
    queryFn: () => data(api.GET("/api/v1/hunts/fields", { params: { query: { prefix, limit: 300 } } })),
    staleTime: Infinity,
  });
  return found.items.map((each, place) => ({
    label: each.name,
    detail: each.kind === null ? "object" : each.column ? each.kind : `${each.kind}, slower`,
    boost: each.column ? 50 - Math.min(place, 40) : -20,
  }));
}

async function values(
  client: QueryClient,
  asked: { attribute: string; prefix: string },
  range: Range,
): Promise<Completion[]> {
  const query = { attribute: asked.attribute, prefix: asked.prefix, first_at: range.from, before: range.to, limit: 30 };
  const found = await client.fetchQuery({
    queryKey: ["hunts", "values", query],
    queryFn: ({ signal }) => data(api.GET("/api/v1/hunts/values", { params: { query }, signal })),
    staleTime: 120_000,
    retry: false,
  });
  return found.items.map((each, place) => ({
    label: each.value,
    detail: compact(each.count),
    boost: -place,
  }));
}

/** Completes names, comparisons, values from the data of the time range, and what follows a bar. */
function completing(client: QueryClient, range: Range, onTrouble: (text: string) => void) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const asked = askedAt(context.state.doc.toString(), context.pos);
    if (asked === null) return null;
    const typed = context.pos > asked.from;
    const result = (options: Completion[]): CompletionResult => ({
      from: asked.from,
      options,
      validFor: /^[\w.@$-]*$/,
    });
    try {
      if (asked.what === "value") {
        const found = await values(client, asked, range);
        if (context.aborted) return null;
        return {
          from: asked.from,
          filter: false,
          options: found.map((each) => ({ ...each, apply: (view, _, from, to) => put(view, each.label, from, to) })),
        };
      }
      if (asked.what === "attribute") {
        if (!context.explicit && !typed) return null;
        const found = await attributes(client, asked.prefix);
        return context.aborted ? null : result([...found, ...FIRST_WORDS]);
      }
    } catch (error) {
      onTrouble(asProblem(error).message);
      return null;
    }
    if (!context.explicit && !typed) return null;
    const bar = asked.what === "operator" && context.state.sliceDoc(0, asked.from).includes("|");
    if (asked.what === "stage") return result(STAGES);
    if (asked.what === "joint") return result(JOINTS);
    return result(bar ? [...STAGE_WORDS] : OPERATORS);
  };
}

/** Puts a value in place of what is begun, with the quote that the editor closed by itself. */
function put(view: EditorView, value: string, from: number, to: number): void {
  const after = view.state.sliceDoc(to, to + 1);
  const end = after === '"' || after === "'" ? to + 1 : to;
  const number = /^-?\d+(\.\d+)?$/.test(value) && !/^["']/.test(view.state.sliceDoc(from, to));
  const insert = number || value === "true" || value === "false" ? value : literal(value);
  view.dispatch({ changes: { from, to: end, insert }, selection: { anchor: from + insert.length } });
}

/** Marks what is wrong where it stands, with what to put there instead. */
const checked = linter(
  async (view): Promise<Diagnostic[]> => {
    const query = view.state.doc.toString();
    if (query.trim() === "") return [];
    try {
      const { error } = await data(api.POST("/api/v1/hunts/validate", { body: { query } }));
      if (error === null) return [];
      const length = view.state.doc.length;
      const from = Math.min(error.start, Math.max(0, length - 1));
      return [
        {
          from,
          to: Math.max(Math.min(error.end, length), Math.min(from + 1, length)),
          severity: "error",
          message: error.message,
          actions: error.suggestions.slice(0, 4).map((name) => ({
            name,
            apply: (target, start, end) => target.dispatch({ changes: { from: start, to: end, insert: name } }),
          })),
        },
      ];
    } catch (error) {
      return [{ from: 0, to: 0, severity: "info", message: `Not checked: ${asProblem(error).message}` }];
    }
  },
  { delay: 450 },
);

/** After a space or a bracket the values come by themselves, and after a bar what can follow it. */
const offering = EditorView.updateListener.of((update: ViewUpdate) => {
  if (!update.docChanged || !update.transactions.some((each) => each.isUserEvent("input"))) return;
  const at = update.state.selection.main.head;
  if (!/[\s("']$/.test(update.state.sliceDoc(0, at))) return;
  const what = askedAt(update.state.doc.toString(), at)?.what;
  if (what === "value" || what === "stage") startCompletion(update.view);
});

// "/" goes to what is marked as the page's search.
const EXTENSIONS = [language, checked, offering, EditorView.contentAttributes.of({ "data-search": "" })];

export default function QueryEditor({
  value,
  onChange,
  onSubmit,
  range,
  onTrouble,
  handle,
  invalid,
}: {
  value: string;
  onChange: (value: string) => void;
  onSubmit: () => void;
  range: Range;
  /** Completions could not be read. Keep it the same between renders. */
  onTrouble: (text: string) => void;
  handle: Ref<EditorHandle>;
  invalid: boolean;
}) {
  const client = useQueryClient();
  const { from, to } = range;
  const completions = useMemo(() => [completing(client, { from, to }, onTrouble)], [client, from, to, onTrouble]);

  return (
    <CodeMirror
      label="Query"
      value={value}
      onChange={onChange}
      onSubmit={onSubmit}
      extensions={EXTENSIONS}
      completions={completions}
      handle={handle}
      invalid={invalid}
      placeholder='All events. For example: source = "aws_cloudtrail" and api.response.error exists'
      className="max-h-48 min-h-[30px]"
    />
  );
}
