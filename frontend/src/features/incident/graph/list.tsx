"use client";

import { useMemo } from "react";

import { type Column, DataTable } from "@/components/data/data-table";
import { SeverityMark } from "@/components/data/severity";
import { Empty } from "@/components/data/states";
import { Value } from "@/components/data/value";
import { words } from "@/lib/format";
import { visible } from "@/lib/visible";
import { type GraphModel, type GraphNode, nodeText } from "./model";

type Row = { node: GraphNode; links: string };

/** The graph as rows: each node with what it is linked to and why. */
export function GraphList({
  model,
  found,
  openId,
  onOpen,
}: {
  model: GraphModel;
  found: GraphNode[] | null;
  openId: string;
  onOpen: (findingId: string) => void;
}) {
  const rows = useMemo<Row[]>(() => {
    const byId = new Map(model.nodes.map((node) => [node.id, node]));
    const links = new Map<string, string[]>();
    const add = (from: string, to: string, why: string) => {
      const node = byId.get(to);
      if (node) links.set(from, [...(links.get(from) ?? []), `${nodeText(node)} (${why})`]);
    };
    for (const edge of model.edges) {
      const why = edge.kind === "join" ? `joined because of ${edge.reason}` : edge.role;
      add(edge.source, edge.target, why);
      add(edge.target, edge.source, why);
    }
    return (found ?? model.nodes).map((node) => {
      const own = node.kind === "finding" ? node.own.map((each) => `${each.type} ${each.value}`) : [];
      return { node, links: [...(links.get(node.id) ?? []), ...own].join("; ") };
    });
  }, [model, found]);
  const columns: Column<Row>[] = [
    {
      id: "node",
      header: "Node",
      size: 320,
      cell: ({ row: { original } }) =>
        original.node.kind === "finding" ? (
          <span className="flex min-w-0 items-center gap-1.5">
            <SeverityMark severity={original.node.level} />
            <span className="truncate">{original.node.title}</span>
          </span>
        ) : (
          <Value value={original.node.value} entity={original.node.type} />
        ),
    },
    {
      id: "kind",
      header: "Kind",
      size: 110,
      cell: ({ row: { original } }) => words(original.node.kind === "entity" ? original.node.type : original.node.kind),
    },
    {
      id: "links",
      header: "Linked with",
      size: 480,
      meta: { grow: true },
      cell: ({ row: { original } }) => (
        <span className="truncate text-ink-2" title={visible(original.links.slice(0, 2_000))}>
          {original.links}
        </span>
      ),
    },
  ];
  return (
    <div className="min-h-0 flex-1">
      <DataTable
        label="Findings and entities of the graph"
        rows={rows}
        columns={columns}
        rowId={(row) => row.node.id}
        openId={
          rows.find((row) => row.node.kind === "finding" && row.node.findingIds.includes(openId))?.node.id ?? null
        }
        onOpen={({ node }) => {
          const first = node.kind === "finding" ? node.findingIds[0] : undefined;
          if (first !== undefined) onOpen(first);
        }}
        empty={<Empty title="Nothing in the graph has this text" />}
      />
    </div>
  );
}
