"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useContext, useEffect, useState } from "react";

export type LiveState = "connecting" | "live" | "lost";

const TOPICS: Record<string, string[]> = {
  "incident.created": ["incidents", "overview"],
  "incident.changed": ["incidents", "overview", "history"],
  "incident.merged": ["incidents", "overview", "decisions"],
  "incident.commented": ["comments", "history"],
  "incident.decided": ["incidents", "decisions", "history"],
  "finding.created": ["findings", "overview"],
  "finding.changed": ["findings", "overview"],
  "mention.created": ["mentions"],
};
/** Changes are gathered this long before anything is read again: a burst of findings is one refresh. */
const GATHER_MS = 1_500;

const Context = createContext<LiveState>("connecting");
export const useLive = (): LiveState => useContext(Context);

/**
 * Follows the api's stream of changes and marks what they touch as stale: query keys begin with the noun (`["incidents", ...]`).
 *
 * While the stream is lost it is tried again with growing pauses; when it is back everything on the page is read anew.
 * Each change is also told to the page as a `minixdr:change` event, with `{ topic, data }` in `detail`.
 */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");

  useEffect(() => {
    let source: EventSource | null = null;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let flush: ReturnType<typeof setTimeout> | undefined;
    let pause = 1_000;
    let wasLost = false;
    let ended = false;
    const touched = new Set<string>();

    const later = (nouns: string[]) => {
      for (const noun of nouns) touched.add(noun);
      flush ??= setTimeout(() => {
        flush = undefined;
        const now = [...touched];
        touched.clear();
        for (const noun of now) void client.invalidateQueries({ queryKey: [noun] });
      }, GATHER_MS);
    };

    const connect = () => {
      if (ended) return;
      source = new EventSource("/api/v1/changes");
      source.onopen = () => {
        pause = 1_000;
        setState("live");
        if (wasLost) void client.invalidateQueries();
        wasLost = false;
      };
      source.onerror = () => {
        wasLost = true;
        setState("lost");
        source?.close();
        clearTimeout(retry);
        retry = setTimeout(connect, pause);
        pause = Math.min(pause * 2, 30_000);
      };
      for (const [topic, nouns] of Object.entries(TOPICS)) {
        source.addEventListener(topic, (event) => {
          later(nouns);
          try {
            const data: unknown = JSON.parse((event as MessageEvent<string>).data);
            window.dispatchEvent(new CustomEvent("minixdr:change", { detail: { topic, data } }));
          } catch (error) {
            console.error("a change that is no JSON", error);
          }
        });
      }
    };
    const online = () => {
      clearTimeout(retry);
      source?.close();
      pause = 1_000;
      connect();
    };
    const offline = () => {
      wasLost = true;
      setState("lost");
      clearTimeout(retry);
      source?.close();
    };
    connect();
    window.addEventListener("online", online);
    window.addEventListener("offline", offline);
    return () => {
      ended = true;
      window.removeEventListener("online", online);
      window.removeEventListener("offline", offline);
      clearTimeout(retry);
      clearTimeout(flush);
      source?.close();
    };
  }, [client]);

  return <Context.Provider value={state}>{children}</Context.Provider>;
}
