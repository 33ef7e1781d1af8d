"use client";

import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";

export type Change = Record<string, string | string[] | null | undefined>;

/** Returns the search text with some parameters set, and those that are null or empty taken away. */
export function withParameters(search: string, change: Change): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    parameters.delete(name);
    if (Array.isArray(value)) for (const each of value) parameters.append(name, each);
    else if (value !== null && value !== undefined && value !== "") parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/**
 * A page's state in its address, so that it can be linked to and gone back to.
 *
 * `set` replaces the entry of the history (typing, brushing); `push` makes a new one (opening a panel, choosing a filter).
 */
export function useAddress() {
  const router = useRouter();
  const path = usePathname();
  const parameters = useSearchParams();
  const search = parameters.toString();

  const href = useCallback((change: Change) => path + withParameters(search, change), [path, search]);
  const set = useCallback((change: Change) => router.replace(href(change), { scroll: false }), [router, href]);
  const push = useCallback((change: Change) => router.push(href(change), { scroll: false }), [router, href]);
  const get = useCallback((name: string) => parameters.get(name) ?? "", [parameters]);
  const all = useCallback((name: string) => parameters.getAll(name), [parameters]);
  return useMemo(() => ({ path, search, get, all, href, set, push }), [path, search, get, all, href, set, push]);
}
