"use client";

import { useSyncExternalStore } from "react";

import { localText, offsetText, relativeText, utcText } from "@/lib/time";

let now = new Date();
const readers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(reader: () => void): () => void {
  readers.add(reader);
  timer ??= setInterval(() => {
    now = new Date();
    for (const each of readers) each();
  }, 30_000);
  return () => {
    readers.delete(reader);
    if (readers.size === 0 && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

const nothing = () => () => undefined;

/** The time now, to half a minute; null while the page is made on the server, whose zone is not the reader's. */
export function useNow(): Date | null {
  return useSyncExternalStore(
    subscribe,
    () => now,
    () => null,
  );
}

/** False on the server and in the first pass. */
export function useMounted(): boolean {
  return useSyncExternalStore(
    nothing,
    () => true,
    () => false,
  );
}

/** A moment in the reader's zone; UTC and the offset on hover. `relative` says how long ago instead, and both on hover. */
export function Time({
  value,
  relative,
  parts = "second",
  className,
}: {
  value: string;
  relative?: boolean;
  parts?: "second" | "minute" | "milli" | "day";
  className?: string;
}) {
  const mounted = useMounted();
  const current = useNow();
  const hint = mounted ? `${localText(value)} ${offsetText(new Date(value))}\n${utcText(value)}` : utcText(value);
  const text = !mounted
    ? utcText(value).replace(" UTC", "").slice(0, 19)
    : relative
      ? relativeText(value, current ?? undefined)
      : localText(value, parts);
  return (
    <time dateTime={value} title={hint} className={className ?? "whitespace-nowrap"} suppressHydrationWarning>
      {text}
    </time>
  );
}
