"use client";

import { useSyncExternalStore } from "react";

/** Queries that ran in this browser, the latest first. */
export type Ran = { query: string; at: string };

const NAME = "hunt-history";
const MOST = 50;
const NONE: Ran[] = [];
const readers = new Set<() => void>();
let kept: { text: string | null; value: Ran[] } = { text: null, value: NONE };

function read(): Ran[] {
  const text = localStorage.getItem(NAME);
  if (text !== kept.text) {
    let value: Ran[] = NONE;
    try {
      const parsed: unknown = JSON.parse(text ?? "[]");
      if (Array.isArray(parsed))
        value = parsed.filter(
          (each): each is Ran =>
            typeof (each as Ran | null)?.query === "string" && typeof (each as Ran | null)?.at === "string",
        );
    } catch {
      localStorage.removeItem(NAME);
    }
    kept = { text, value };
  }
  return kept.value;
}

function write(value: Ran[]): void {
  localStorage.setItem(NAME, JSON.stringify(value));
  for (const each of readers) each();
}

export function remember(query: string): void {
  if (query.trim() === "") return;
  write([{ query, at: new Date().toISOString() }, ...read().filter((each) => each.query !== query)].slice(0, MOST));
}

export const forget = () => write([]);

export function useHistory(): Ran[] {
  return useSyncExternalStore(
    (reader) => {
      readers.add(reader);
      return () => readers.delete(reader);
    },
    read,
    () => NONE,
  );
}
