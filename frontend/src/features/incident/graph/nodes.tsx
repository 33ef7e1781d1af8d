"use client";

import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";

import { SeverityMark } from "@/components/data/severity";
import { Time } from "@/components/data/time";
import { cn } from "@/lib/cn";
import { counted, number, words } from "@/lib/format";
import { visible } from "@/lib/visible";
import type { GraphNode } from "./model";

export type Shown = { node: GraphNode; look: "plain" | "chosen" | "near" | "faded" | "found" };
export type FlowNode = Node<Shown, "any">;

const HANDLE = "!size-1 !min-h-0 !min-w-0 !border-0 !bg-transparent";

/** A finding or an entity. */
export function AnyNode({ data: { node, look } }: NodeProps<FlowNode>) {
  const frame = cn(
    "flex h-full w-full flex-col justify-center border px-2 text-left text-sm",
    node.kind === "finding" ? "rounded-md bg-surface" : "rounded-full bg-sunken px-3",
    look === "chosen" || look === "found" ? "border-accent ring-2 ring-accent" : "border-line-strong",
    look === "faded" && "opacity-25",
  );
  return (
    <div className={frame}>
      <Handle type="target" position={Position.Left} className={HANDLE} isConnectable={false} />
      <Handle type="target" id="top" position={Position.Top} className={HANDLE} isConnectable={false} />
      {node.kind === "finding" ? (
        <>
          <span className="flex items-center gap-1.5">
            <SeverityMark severity={node.level} />
            <span className="truncate font-medium" title={node.title}>
              {node.title}
            </span>
          </span>
          <span className="truncate pl-5 text-xs text-ink-3">
            {node.findingIds.length > 1 ? `${counted(node.findingIds.length, "finding")} from ` : null}
            <Time value={node.time} />
            {node.own.length > 0 ? `, ${counted(node.own.length, "more entity", "more entities")}` : null}
          </span>
        </>
      ) : (
        <>
          <span className="truncate font-mono text-[11px] leading-4" title={visible(node.value)}>
            {visible(node.value)}
          </span>
          <span className="truncate text-xs leading-4 text-ink-3">
            {words(node.type)}
            {node.findings > 1 ? `, in ${number(node.findings)} findings` : null}
          </span>
        </>
      )}
      <Handle type="source" position={Position.Right} className={HANDLE} isConnectable={false} />
      <Handle type="source" id="bottom" position={Position.Bottom} className={HANDLE} isConnectable={false} />
    </div>
  );
}

export const nodeTypes = { any: AnyNode };
