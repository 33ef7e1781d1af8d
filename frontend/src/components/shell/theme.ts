"use client";

import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const readers = new Set<() => void>();

function current(): Theme {
  const given = document.documentElement.dataset.theme;
  return given === "light" || given === "dark" ? given : "system";
}

/** Takes a theme at once and for a year. */
export function setTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  for (const each of readers) each();
}

function subscribe(reader: () => void): () => void {
  readers.add(reader);
  const media = window.matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", reader);
  return () => {
    readers.delete(reader);
    media.removeEventListener("change", reader);
  };
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, current, () => "system");

/** Whether the page is dark just now: for what cannot take its colours from CSS (canvas charts). */
export const useDark = (): boolean =>
  useSyncExternalStore(
    subscribe,
    () => current() === "dark" || (current() === "system" && window.matchMedia("(prefers-color-scheme: dark)").matches),
    () => false,
  );
