"use client";

import { useEffect, useRef, useState } from "react";

import type { LayoutAnswer, LayoutRequest } from "./layout";
import { type GraphModel, SIZES } from "./model";

export type Layout =
  | { state: "working" }
  | { state: "failed"; why: string }
  | { state: "done"; positions: ReadonlyMap<string, { x: number; y: number }>; columns: boolean; of: GraphModel };

/** Where the nodes stand, worked out beside the page so that it answers meanwhile. */
export function useLayout(model: GraphModel | null): Layout {
  const worker = useRef<Worker | null>(null);
  const [found, setFound] = useState<Layout>({ state: "working" });

  useEffect(() => {
    if (model === null) return;
    const made = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.current = made;
    const entities = new Set(
      model.edges.filter((edge) => edge.kind === "names" && edge.role === "actor").map((edge) => edge.source),
    );
    const request: LayoutRequest = {
      id: 1,
      nodes: model.nodes.map((node, order) => ({
        id: node.id,
        ...SIZES[node.kind],
        column: node.kind === "finding" ? 1 : entities.has(node.id) ? 0 : 2,
        order,
      })),
      edges: model.edges.filter((edge) => edge.kind === "names").map(({ source, target }) => ({ source, target })),
    };
    made.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => {
      setFound({
        state: "done",
        columns: data.columns,
        positions: new Map(data.positions.map(([id, x, y]) => [id, { x, y }])),
        of: model,
      });
      made.terminate();
    };
    made.onerror = (event) => {
      setFound({ state: "failed", why: event.message || "The browser did not run the layout." });
      made.terminate();
    };
    made.postMessage(request);
    return () => made.terminate();
  }, [model]);

  return found.state === "done" && found.of !== model ? { state: "working" } : found;
}
