"use client";

import { X } from "lucide-react";
import { useMemo } from "react";

import { SeverityMark } from "@/components/data/severity";
import { Value } from "@/components/data/value";
import { IconButton } from "@/components/ui/button";
import { number, words } from "@/lib/format";
import { type GraphModel, type GraphNode, nodeText } from "./model";

const MOST = 30;

/** What is known of the chosen node or edge. Nothing where none is chosen. */
export function About({
  model,
  chosen,
  onChoose,
  onOpen,
}: {
  model: GraphModel;
  chosen: string | null;
  onChoose: (id: string | null) => void;
  onOpen: (findingId: string) => void;
}) {
  const byId = useMemo(() => new Map(model.nodes.map((node) => [node.id, node])), [model]);
  if (chosen === null)
    return (
      <ul className="absolute bottom-2 left-12 flex flex-wrap gap-x-4 rounded-md bg-raised px-2 py-1 text-sm text-ink-2 shadow-float">
        <li>Left to right: who acted, what was found, what it was done to</li>
        <li className="text-accent-ink">dashed: joined because of what both name</li>
      </ul>
    );
  const node = byId.get(chosen);
  const edge = model.edges.find((each) => each.id === chosen);
  const joins = model.edges.flatMap((each) =>
    each.kind === "join" && (each.id === chosen || each.source === chosen || each.target === chosen) ? [each] : [],
  );
  if (node === undefined && edge === undefined) return null;
  return (
    <section
      aria-label="What was chosen"
      className="absolute bottom-2 left-12 max-h-[35%] w-[min(560px,calc(100%-60px))] overflow-y-auto rounded-lg bg-raised p-3 shadow-float"
    >
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          {node ? (
            <Name node={node} onOpen={onOpen} />
          ) : edge?.kind === "names" ? (
            <p>
              {label(byId.get(edge.source))} <span className="text-ink-3">({edge.role})</span>{" "}
              {label(byId.get(edge.target))}
            </p>
          ) : null}
        </div>
        <IconButton small label="Close" onClick={() => onChoose(null)}>
          <X size={14} aria-hidden />
        </IconButton>
      </div>
      {joins.length > 0 ? (
        <ul className="mt-1 flex flex-col gap-1 text-sm">
          {joins.slice(0, MOST).map((join) => {
            const other = byId.get(join.source === chosen ? join.target : join.source);
            return (
              <li key={join.id}>
                {edge ? `${label(byId.get(join.source))} and ${label(byId.get(join.target))}` : label(other)}
                <span className="block text-ink-2">joined because of {join.reason}</span>
              </li>
            );
          })}
          {joins.length > MOST ? <li className="text-ink-3">and {number(joins.length - MOST)} more joins</li> : null}
        </ul>
      ) : null}
    </section>
  );
}

const label = (node: GraphNode | undefined): string => (node ? nodeText(node) : "");

function Name({ node, onOpen }: { node: GraphNode; onOpen: (findingId: string) => void }) {
  if (node.kind === "finding")
    return (
      <>
        <p className="flex items-center gap-1.5 font-medium">
          <SeverityMark severity={node.level} />
          {node.title}
        </p>
        {node.findingIds.length > 1 ? (
          <p className="flex flex-wrap gap-x-2 text-sm">
            {node.findingIds.slice(0, MOST).map((each, index) => (
              <button key={each} type="button" className="text-accent-ink hover:underline" onClick={() => onOpen(each)}>
                finding {index + 1}
              </button>
            ))}
            {node.findingIds.length > MOST ? (
              <span className="text-ink-3">and {number(node.findingIds.length - MOST)} more</span>
            ) : null}
          </p>
        ) : null}
        <Entities entities={node.own} />
      </>
    );
  return <Entities entities={[node]} />;
}

function Entities({ entities }: { entities: readonly { type: string; value: string }[] }) {
  if (entities.length === 0) return null;
  return (
    <ul>
      {entities.slice(0, MOST).map((each) => (
        <li key={`${each.type} ${each.value}`} className="flex items-baseline gap-2">
          <span className="w-24 shrink-0 text-sm text-ink-3">{words(each.type)}</span>
          <Value value={each.value} entity={each.type} />
        </li>
      ))}
      {entities.length > MOST ? (
        <li className="text-sm text-ink-3">and {number(entities.length - MOST)} more</li>
      ) : null}
    </ul>
  );
}
