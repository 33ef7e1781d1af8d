"use client";

import { ChevronDown, ChevronRight, Copy } from "lucide-react";
import { useMemo, useState } from "react";

import { useToast } from "@/components/shell/toasts";
import { IconButton } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { cn } from "@/lib/cn";
import { counted } from "@/lib/format";
import {
  type Marked,
  type Node,
  hexTexts,
  leaves,
  markedPaths,
  markedTexts,
  openAtFirst,
  pieces,
  treeOf,
} from "@/lib/raw-event";
import { visible } from "@/lib/visible";
import { copyText } from "@/lib/copy";
import { Value } from "./value";

const NOTHING: readonly string[] = [];
/** Of a list or object, so many are drawn before the reader asks for more. */
const AT_ONCE = 100;

type Handles = {
  /** The event's attributes by OCSF path: a value that one of them holds is hunted for there. */
  attributes?: Record<string, unknown>;
  /** Those of the finding: a value that is one opens its page. */
  entities?: readonly { type: string; value: string }[];
};

type Shown = {
  open: ReadonlySet<string>;
  toggle: (path: string) => void;
  marks: ReadonlySet<string>;
  found: ReadonlySet<string>;
  words: string;
  handle: (text: string) => { entity?: string; attribute?: string };
};

/**
 * A record as it arrived: a tree where it is JSON, else its text; what decided is marked, every value is a handle.
 *
 *     <RawEvent raw={event.raw} marked={finding.matched} attributes={event.attributes} entities={finding.entities} />
 */
export function RawEvent({
  raw,
  marked = NOTHING,
  attributes,
  entities,
  what = "record",
  className,
}: {
  raw: string;
  marked?: Marked;
  /** What it is called: "record". */
  what?: string;
  className?: string;
} & Handles) {
  const root = useMemo(() => treeOf(raw), [raw]);
  const marks = useMemo(() => (root === null ? new Set<string>() : markedPaths(root, marked)), [root, marked]);
  const first = useMemo(() => (root === null ? new Set<string>() : openAtFirst(root, marks)), [root, marks]);
  const [changed, setChanged] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [words, setWords] = useState("");
  const [asText, setAsText] = useState(false);
  const toast = useToast();

  const needle = words.trim().toLowerCase();
  const found = useMemo(() => {
    if (root === null || needle === "") return new Set<string>();
    return new Set(
      [...leaves(root)]
        .filter((leaf) => `${leaf.path} ${leaf.text}`.toLowerCase().includes(needle))
        .map((leaf) => leaf.path),
    );
  }, [root, needle]);
  const open = useMemo(() => {
    const paths = new Set(first);
    if (root !== null && found.size > 0) for (const path of openAtFirst(root, found)) paths.add(path);
    for (const [path, is] of changed) {
      if (is) paths.add(path);
      else paths.delete(path);
    }
    return paths;
  }, [first, root, found, changed]);
  const handle = useMemo(() => handles({ attributes, entities }), [attributes, entities]);
  const known = useMemo(() => knownValues({ attributes, entities }), [attributes, entities]);

  const copy = () =>
    void copyText(raw).then(
      () => toast({ text: "Record copied" }),
      () => toast({ tone: "danger", text: "The browser did not allow copying" }),
    );
  const tree = root !== null && !asText;
  const inText = tree || needle === "" ? 0 : pieces(raw, [needle]).filter((each) => each.marked).length;
  const hits = tree ? found.size : inText;

  return (
    <div className={cn("min-w-0 rounded-md border border-line bg-surface", className)}>
      <div className="no-print flex items-center gap-2 border-b border-line px-2 py-1">
        <Input
          aria-label={`Search in the ${what}`}
          placeholder={`Search in the ${what}`}
          className="h-6 max-w-56 text-sm"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <span role="status" className="text-sm whitespace-nowrap text-ink-3">
          {needle === "" ? null : counted(hits, "match", "matches")}
        </span>
        <div className="ml-auto flex items-center gap-1">
          {root !== null ? (
            <div role="group" aria-label={`Show the ${what} as`} className="flex rounded-md border border-line text-sm">
              {[false, true].map((each) => (
                <button
                  key={String(each)}
                  type="button"
                  aria-pressed={asText === each}
                  onClick={() => setAsText(each)}
                  className={cn("h-6 px-2", asText === each ? "bg-selected text-ink" : "text-ink-2 hover:bg-hover")}
                >
                  {each ? "Text" : "Tree"}
                </button>
              ))}
            </div>
          ) : null}
          <IconButton small label={`Copy the ${what}`} onClick={copy}>
            <Copy size={13} aria-hidden />
          </IconButton>
        </div>
      </div>
      <div className="overflow-x-auto p-2 font-mono text-[12px] leading-6">
        {tree ? (
          <Branches
            node={root}
            shown={{
              open,
              marks,
              found,
              words: needle,
              handle,
              toggle: (path) => setChanged((before) => new Map(before).set(path, !open.has(path))),
            }}
          />
        ) : (
          <Text raw={raw} marked={marked} needle={needle} handle={handle} values={known} />
        )}
      </div>
    </div>
  );
}

function handles({ attributes, entities }: Handles) {
  const places = new Map<string, string>();
  for (const [path, value] of Object.entries(attributes ?? {}))
    for (const each of Array.isArray(value) ? value : [value])
      if (typeof each === "string" && !places.has(each)) places.set(each, path);
  const types = new Map((entities ?? []).map((each) => [each.value, each.type]));
  return (text: string) => ({ entity: types.get(text), attribute: places.get(text) });
}

/** Texts of attributes and entities that are long enough not to stand in a record by chance. */
function knownValues({ attributes, entities }: Handles): string[] {
  const texts = Object.values(attributes ?? {}).flatMap((value) =>
    Array.isArray(value) ? (value as unknown[]) : [value],
  );
  return [...texts, ...(entities ?? []).map((each) => each.value)].filter(
    (each): each is string => typeof each === "string" && each.length >= 4,
  );
}

function Branches({ node, shown }: { node: Node; shown: Shown }) {
  const [most, setMost] = useState(AT_ONCE);
  return (
    <ul className="min-w-0">
      {node.children.slice(0, most).map((child) => (
        <li key={child.path} className="min-w-0">
          {child.text === undefined ? <Branch node={child} shown={shown} /> : <Leaf node={child} shown={shown} />}
        </li>
      ))}
      {node.children.length > most ? (
        <li>
          <button type="button" className="pl-4 text-accent-ink hover:underline" onClick={() => setMost(most + 500)}>
            Show {Math.min(500, node.children.length - most)} more
          </button>
        </li>
      ) : null}
    </ul>
  );
}

function Branch({ node, shown }: { node: Node; shown: Shown }) {
  const empty = node.children.length === 0;
  const isOpen = !empty && shown.open.has(node.path);
  const size = node.kind === "list" ? counted(node.children.length, "item") : counted(node.children.length, "field");
  if (empty)
    return (
      <div className="pl-4">
        <span className="text-ink-2">{visible(node.name)}</span>
        <span className="text-ink-3"> {node.kind === "list" ? "[]" : "{}"}</span>
      </div>
    );
  return (
    <>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => shown.toggle(node.path)}
        className="flex items-center rounded-sm text-left text-ink-2 hover:bg-hover hover:text-ink"
      >
        {isOpen ? (
          <ChevronDown size={12} className="mr-1 shrink-0" aria-hidden />
        ) : (
          <ChevronRight size={12} className="mr-1 shrink-0" aria-hidden />
        )}
        {visible(node.name)}
        {isOpen ? null : <span className="pl-2 font-sans text-ink-3">{size}</span>}
      </button>
      {isOpen ? (
        <div className="ml-[5px] border-l border-line pl-2.5">
          <Branches node={node} shown={shown} />
        </div>
      ) : null}
    </>
  );
}

function Leaf({ node, shown }: { node: Node; shown: Shown }) {
  const text = node.text ?? "";
  const isMarked = shown.marks.has(node.path);
  const plain = node.kind === "null" || node.kind === "boolean" || text === "";
  const { entity, attribute } = shown.handle(text);
  const value = shown.found.has(node.path) ? <Pieces text={text} values={[shown.words]} found /> : visible(text);
  return (
    <div className={cn("flex min-w-0 gap-2 rounded-sm pl-4", isMarked && "bg-mark")}>
      <span className={cn("shrink-0", isMarked ? "font-semibold text-ink" : "text-ink-2")}>
        {visible(node.name)}
        {isMarked ? <span className="sr-only"> (decided)</span> : null}
      </span>
      {plain ? (
        <span className={isMarked ? "text-ink" : "text-ink-3"}>{text === "" ? '""' : text}</span>
      ) : (
        <Value value={text} entity={entity} attribute={attribute} className="break-all whitespace-pre-wrap text-ink">
          {value}
        </Value>
      )}
    </div>
  );
}

function Pieces({ text, values, found }: { text: string; values: readonly string[]; found?: boolean }) {
  return pieces(text, values).map((each, index) =>
    each.marked ? (
      <mark key={index} className={cn("rounded-sm text-ink", found ? "bg-accent-soft" : "bg-mark")}>
        {visible(each.text)}
      </mark>
    ) : (
      <span key={index}>{visible(each.text)}</span>
    ),
  );
}

/** A record that is no tree: what decided is marked, the values of its attributes are handles, hexadecimal text is read out beside it. */
function Text({
  raw,
  marked,
  needle,
  handle,
  values,
}: {
  raw: string;
  marked: Marked;
  needle: string;
  handle: Shown["handle"];
  values: string[];
}) {
  const parts = useMemo(() => {
    const coded = hexTexts(raw);
    const decided = markedTexts(marked);
    const codedDecided = [...coded].filter(([, text]) =>
      decided.some((each) => each.includes(text) || text.includes(each)),
    );
    const marks = new Set([...decided, ...codedDecided.map(([digits]) => digits)].map((each) => each.toLowerCase()));
    return pieces(raw, [...marks, ...coded.keys(), ...values]).map((each) => ({
      ...each,
      decided: marks.has(each.text.toLowerCase()),
      coded: coded.get(each.text),
    }));
  }, [raw, marked, values]);
  return (
    <pre className="break-all whitespace-pre-wrap">
      {parts.map((each, index) => {
        const look = each.decided ? "rounded-sm bg-mark text-ink" : undefined;
        const { entity, attribute } = handle(each.text);
        if (each.coded !== undefined)
          return (
            <span key={index} className={look} title={each.coded}>
              {each.text}
              <span className="rounded-sm bg-sunken px-1 text-ink-2"> {each.coded} </span>
            </span>
          );
        if (entity !== undefined || attribute !== undefined)
          return (
            <Value
              key={index}
              value={each.text}
              entity={entity}
              attribute={attribute}
              className={cn("break-all whitespace-pre-wrap underline decoration-line-strong underline-offset-2", look)}
            />
          );
        if (each.decided)
          return (
            <mark key={index} className={look}>
              {visible(each.text)}
            </mark>
          );
        return needle === "" ? (
          <span key={index}>{visible(each.text)}</span>
        ) : (
          <Pieces key={index} text={each.text} values={[needle]} found />
        );
      })}
    </pre>
  );
}
