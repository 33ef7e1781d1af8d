"use client";

import { usePathname, useSearchParams } from "next/navigation";
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
 * `set` replaces the entry of the history (typing, brushing); `push` makes a new one (opening a panel, choosing a filter). Both by the browser's own
 * history, which Next follows: the page has all it needs, and asking the server for it again would only make a click slow.
 */
export function useAddress() {
  const path = usePathname();
  const parameters = useSearchParams();
  const search = parameters.toString();

  const href = useCallback((change: Change) => path + withParameters(search, change), [path, search]);
  const set = useCallback((change: Change) => window.history.replaceState(null, "", href(change)), [href]);
  const push = useCallback((change: Change) => window.history.pushState(null, "", href(change)), [href]);
  const get = useCallback((name: string) => parameters.get(name) ?? "", [parameters]);
  const all = useCallback((name: string) => parameters.getAll(name), [parameters]);
  return useMemo(() => ({ path, search, get, all, href, set, push }), [path, search, get, all, href, set, push]);
}
