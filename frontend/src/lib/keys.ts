"use client";

import { useEffect, useRef } from "react";

/** Whether keys go into a text just now. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) ||
    target.closest(".cm-editor") !== null
  );
}

/**
 * Keys of a page: `{ "e": act, "g i": go, "mod+Enter": send }`. `mod` is Ctrl or Command; two keys with a space are pressed one after the other.
 * Keys without `mod` do nothing while a text is typed or a window is open.
 */
export function useKeys(keys: Record<string, (event: KeyboardEvent) => void>, on = true): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    if (!on) return;
    let first = "";
    let firstAt = 0;
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.altKey) return;
      const mod = event.ctrlKey || event.metaKey;
      if (
        !mod &&
        (isTyping(event.target) ||
          document.querySelector('[role="dialog"][data-state="open"],[role="menu"][data-state="open"]') !== null)
      )
        return;
      const key =
        (mod ? "mod+" : "") +
        (event.key.length === 1 && !mod ? event.key : event.key.length === 1 ? event.key.toLowerCase() : event.key);
      const two = first !== "" && event.timeStamp - firstAt < 1_200 ? `${first} ${key}` : "";
      const act = (two !== "" ? current.current[two] : undefined) ?? current.current[key];
      if (act !== undefined && (two in current.current || key in current.current)) {
        event.preventDefault();
        first = "";
        act(event);
        return;
      }
      first = key;
      firstAt = event.timeStamp;
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [on]);
}
