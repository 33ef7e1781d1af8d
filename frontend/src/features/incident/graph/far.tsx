"use client";

import { useStore, useStoreApi } from "@xyflow/react";
import { useEffect, useMemo, useRef } from "react";

import { useDark } from "@/components/shell/theme";
import { FAR_ZOOM, type Place, type View, ends } from "./far-model";
import { type GraphEdge, type GraphNode, SIZES } from "./model";

type Look = "plain" | "near" | "faded" | "found" | "chosen";
/** One path of very many lines is slow to draw. */
const LINES_A_PATH = 300;

type Given = {
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  places: ReadonlyMap<string, Place>;
  /** How a node or an edge looks: the same function while none of it changes. */
  nodeLook: (node: GraphNode) => Look;
  edgeLook: (edge: GraphEdge) => "plain" | "near" | "faded";
};

/** Draws the edges of a great graph on one canvas, and its nodes too while they are too small to read: thousands of elements cost a frame each. */
export function Far({ nodes, edges, places, nodeLook, edgeLook }: Given) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const store = useStoreApi();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const dark = useDark();
  const lines = useMemo(() => {
    const kinds = new Map(nodes.map((node) => [node.id, node.kind]));
    return edges.flatMap((edge) => {
      const line = ends(edge, kinds, places);
      return line === null ? [] : [{ ...line, join: edge.kind === "join", look: edgeLook(edge) }];
    });
  }, [nodes, edges, places, edgeLook]);
  const boxes = useMemo(
    () =>
      nodes.flatMap((node) => {
        const at = places.get(node.id);
        return at ? [{ ...at, ...SIZES[node.kind], kind: node.kind, look: nodeLook(node) }] : [];
      }),
    [nodes, places, nodeLook],
  );

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const style = getComputedStyle(element);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const colours = {
      line: colour("--line-strong"),
      join: colour("--accent"),
      touched: colour("--ink-2"),
      finding: colour("--ink-3"),
      entity: colour("--line-strong"),
    };
    const ratio = Math.min(window.devicePixelRatio, 2);
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);

    const draw = ([x, y, zoom]: View) => {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, element.width, element.height);
      context.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * x, ratio * y);
      const [left, top, right, bottom] = [-x / zoom, -y / zoom, (width - x) / zoom, (height - y) / zoom];

      const stroke = (wanted: (line: (typeof lines)[number]) => boolean, of: string, alpha: number, pixels: number) => {
        context.strokeStyle = of;
        context.globalAlpha = alpha;
        context.lineWidth = pixels / zoom;
        let count = 0;
        context.beginPath();
        for (const line of lines) {
          if (!wanted(line)) continue;
          if (line.x1 < left && line.x2 < left) continue;
          if (line.x1 > right && line.x2 > right) continue;
          if ((line.y1 < top && line.y2 < top) || (line.y1 > bottom && line.y2 > bottom)) continue;
          context.moveTo(line.x1, line.y1);
          context.lineTo(line.x2, line.y2);
          if ((count += 1) % LINES_A_PATH === 0) {
            context.stroke();
            context.beginPath();
          }
        }
        context.stroke();
      };
      const far = zoom < FAR_ZOOM;
      // So many lines lie over each other that each one must be faint.
      const plain = Math.max(far ? 0.1 : 0.3, Math.min(0.8, 400 / lines.length));
      stroke((line) => !line.join && line.look === "faded", colours.line, plain / 4, 1);
      stroke((line) => !line.join && line.look === "plain", colours.line, plain, 1);
      context.setLineDash(far ? [] : [5, 4]);
      stroke((line) => line.join && line.look === "faded", colours.join, plain / 8, 1);
      stroke((line) => line.join && line.look === "plain", colours.join, plain / 2, 1);
      stroke((line) => line.join && line.look === "near", colours.join, 1, 2);
      context.setLineDash([]);
      stroke((line) => !line.join && line.look === "near", colours.touched, 1, 2);

      if (far)
        for (const box of boxes) {
          if (box.x > right || box.y > bottom || box.x + box.width < left || box.y + box.height < top) continue;
          context.fillStyle =
            box.look === "chosen" || box.look === "found"
              ? colours.join
              : box.look === "near"
                ? colours.touched
                : colours[box.kind];
          context.globalAlpha = box.look === "faded" ? 0.25 : 1;
          context.fillRect(box.x, box.y, box.width, box.height);
        }
      context.globalAlpha = 1;
    };

    let asked = 0;
    let drawn: View | null = null;
    const later = () => {
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        const { transform } = store.getState();
        if (drawn !== transform) draw((drawn = transform));
      });
    };
    later();
    const stop = store.subscribe(later);
    return () => {
      stop();
      cancelAnimationFrame(asked);
    };
  }, [store, lines, boxes, width, height, dark]);

  return <canvas ref={canvas} aria-hidden className="pointer-events-none absolute inset-0 -z-1 size-full" />;
}
