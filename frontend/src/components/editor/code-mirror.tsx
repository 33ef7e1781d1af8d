"use client";

import {
  type CompletionSource,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension, Prec } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers as numbers,
  placeholder as hint,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";

import { useNonce } from "@/components/shell/nonce";
import { cn } from "@/lib/cn";
import type { EditorGiven, EditorHandle } from "./given";
import { theme } from "./theme";

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.definitionKeyword], color: "var(--accent-ink)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good-ink)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--warn-ink)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--ink-3)", fontStyle: "italic" },
  { tag: [tags.propertyName, tags.variableName], color: "var(--ink)" },
  // The keys of YAML.
  { tag: tags.definition(tags.propertyName), color: "var(--accent-ink)" },
  { tag: [tags.operator, tags.punctuation, tags.separator, tags.bracket], color: "var(--ink-2)" },
  { tag: tags.invalid, color: "var(--danger-ink)" },
]);

/**
 * The editor itself. Heavy: pages take it from `editor.tsx`; a part that brings extensions of its own imports this one and is itself brought by
 * `next/dynamic`.
 */
export default function CodeMirror({
  value,
  onChange,
  label,
  language,
  extensions = NONE,
  completions,
  lineNumbers,
  singleLine,
  readOnly,
  placeholder,
  autoFocus,
  onSubmit,
  describedBy,
  invalid,
  className,
  handle,
}: EditorGiven & { extensions?: Extension; completions?: readonly CompletionSource[]; handle?: Ref<EditorHandle> }) {
  const nonce = useNonce();
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const current = useRef({ onChange, onSubmit });
  const parts = useRef({ given: new Compartment(), attributes: new Compartment(), fixed: new Compartment() });
  const first = useRef({ value, nonce, autoFocus });

  useEffect(() => {
    current.current = { onChange, onSubmit };
  });

  const attributes = EditorView.contentAttributes.of({
    "aria-label": label,
    ...(describedBy ? { "aria-describedby": describedBy } : {}),
    ...(invalid ? { "aria-invalid": "true" } : {}),
    tabindex: "0",
  });
  const fixed = [EditorState.readOnly.of(readOnly ?? false), EditorView.editable.of(true)];
  const given: Extension = [
    extensions,
    language === "yaml" ? yaml() : [],
    lineNumbers ? [numbers(), highlightActiveLineGutter(), highlightActiveLine()] : [],
    singleLine ? oneLine : [],
    // In YAML Tab indents; elsewhere it leaves the editor. Escape and then Tab always leaves it.
    language === "yaml" ? [indentOnInput(), keymap.of([indentWithTab])] : [],
    placeholder ? hint(placeholder) : [],
    autocompletion({ icons: false, ...(completions ? { override: [...completions] } : {}) }),
  ];
  const latest = useRef({ attributes, fixed, given });
  useEffect(() => {
    latest.current = { attributes, fixed, given };
  });

  useEffect(() => {
    if (place.current === null) return;
    const { attributes: attributesOf, fixed: fixedOf, given: givenOf } = latest.current;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: first.current.value,
        extensions: [
          first.current.nonce ? EditorView.cspNonce.of(first.current.nonce) : [],
          Prec.highest(
            keymap.of([
              {
                key: "Mod-Enter",
                run: () => {
                  current.current.onSubmit?.();
                  return current.current.onSubmit !== undefined;
                },
              },
            ]),
          ),
          parts.current.given.of(givenOf),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          highlightSelectionMatches({ minSelectionLength: 3 }),
          search({ top: true }),
          syntaxHighlighting(colours),
          theme,
          EditorView.lineWrapping,
          keymap.of([
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...lintKeymap,
            ...historyKeymap,
            ...searchKeymap,
            ...defaultKeymap,
          ]),
          parts.current.attributes.of(attributesOf),
          parts.current.fixed.of(fixedOf),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) current.current.onChange?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    if (first.current.autoFocus) {
      made.focus();
      made.dispatch({ selection: { anchor: made.state.doc.length } });
    }
    return () => {
      first.current = { ...first.current, value: made.state.doc.toString(), autoFocus: made.hasFocus };
      made.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const made = view.current;
    if (made !== null && made.state.doc.toString() !== value)
      made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.given.reconfigure(latest.current.given) });
  }, [extensions, completions, language, lineNumbers, singleLine, placeholder]);

  useEffect(() => {
    view.current?.dispatch({
      effects: [
        parts.current.attributes.reconfigure(latest.current.attributes),
        parts.current.fixed.reconfigure(latest.current.fixed),
      ],
    });
  }, [label, describedBy, invalid, readOnly]);

  useImperativeHandle(
    handle,
    () => ({
      focus: () => view.current?.focus(),
      select: (from, to) => {
        const made = view.current;
        if (made === null) return;
        const end = made.state.doc.length;
        made.focus();
        made.dispatch({
          selection: { anchor: Math.min(from, end), head: Math.min(to ?? from, end) },
          scrollIntoView: true,
        });
      },
      replace: (from, to, text) => {
        const made = view.current;
        if (made === null) return;
        made.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length } });
        made.focus();
      },
    }),
    [],
  );

  return (
    <div
      ref={place}
      className={cn(
        "min-w-0 overflow-hidden rounded-md border bg-surface focus-within:border-accent [&_.cm-editor]:h-full",
        invalid ? "border-danger" : "border-line-strong",
        className,
      )}
    />
  );
}

const NONE: Extension = [];

/** Keeps the text on one line: pasted line ends become spaces. */
const oneLine = EditorState.transactionFilter.of((change) =>
  change.newDoc.lines === 1
    ? change
    : [
        change,
        {
          changes: { from: 0, to: change.newDoc.length, insert: change.newDoc.toString().replace(/\s*\n\s*/g, " ") },
          sequential: true,
        },
      ],
);
