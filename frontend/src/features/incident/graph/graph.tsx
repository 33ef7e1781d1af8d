"use client";

import "@xyflow/react/dist/base.css";

import {
  Background,
  BackgroundVariant,
  ControlButton,
  Controls,
  type Edge,
  MarkerType,
  ReactFlow,
  ReactFlowProvider,
  getNodesBounds,
  getViewportForBounds,
  useReactFlow,
  useStore,
  useStoreApi,
} from "@xyflow/react";
import { Maximize } from "lucide-react";
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";

import { Empty, Failure, Loaded, Notice, Skeleton } from "@/components/data/states";
import { useTheme } from "@/components/shell/theme";
import { Button } from "@/components/ui/button";
import { Checkbox, Input } from "@/components/ui/form";
import { counted, number } from "@/lib/format";
import { type Incident, type TimelineItem, useTimeline } from "../incident";
import { About } from "./about";
import { Far } from "./far";
import { FAR_ZOOM, MOST_ELEMENTS, elementAt } from "./far-model";
import { GraphList } from "./list";
import { type GraphEdge, type GraphModel, type GraphNode, SIZES, graphModel, nodeHas, nodeText } from "./model";
import { type FlowNode, type Shown, nodeTypes } from "./nodes";
import { type Layout, useLayout } from "./use-layout";

type Given = { incident: Incident; openId: string; onOpen: (findingId: string) => void };

/** Who did what to whom: findings and entities with the joins between findings; a list says the same for the keyboard. */
export default function Graph(given: Given) {
  const timeline = useTimeline(given.incident.incident_id);
  return (
    <Loaded query={timeline} what="The graph">
      {({ items, truncated }) =>
        items.length === 0 ? (
          <Empty title="No finding of this incident is kept any more" />
        ) : (
          <ReactFlowProvider>
            <Whole {...given} items={items} truncated={truncated} />
          </ReactFlowProvider>
        )
      }
    </Loaded>
  );
}

function Whole({ incident, items, truncated, openId, onOpen }: Given & { items: TimelineItem[]; truncated: boolean }) {
  const [whole, setWhole] = useState(false);
  const [joins, setJoins] = useState(true);
  const [asList, setAsList] = useState(false);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const model = useMemo(() => graphModel(incident, items, whole), [incident, items, whole]);
  const sought = useDeferredValue(text);
  const found = useMemo(() => {
    const wanted = sought.trim().toLowerCase();
    return wanted === "" ? null : model.nodes.filter((node) => nodeHas(node, wanted));
  }, [model, sought]);
  const grouped = model.groupedEntities > 0 || model.groupedFindings > 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-1.5">
        <Input
          data-search
          type="search"
          aria-label="Search in the graph"
          placeholder="Search in the graph"
          className="!w-56"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {found !== null ? (
          <span role="status" className="text-sm text-ink-2">
            {counted(found.length, "node")} found
          </span>
        ) : null}
        {asList ? null : (
          <Checkbox
            label="Joins between findings"
            checked={joins}
            onChange={(event) => setJoins(event.target.checked)}
          />
        )}
        {grouped || whole ? (
          <Checkbox label="Draw every one apart" checked={whole} onChange={(event) => setWhole(event.target.checked)} />
        ) : null}
        <Button small className="ml-auto" aria-pressed={asList} onClick={() => setAsList(!asList)}>
          {asList ? "Show as graph" : "Show as list"}
        </Button>
      </div>
      {grouped || truncated ? (
        <Notice tone="neutral" className="mx-4 mt-2">
          {model.groupedEntities > 0
            ? `${counted(model.groupedEntities, "entity", "entities")} that one finding alone names have no node of their own: choose the finding to see them. `
            : null}
          {model.groupedFindings > 0
            ? `Findings of the same rule on the same entities are gathered: ${number(items.length)} findings in all. `
            : null}
          {truncated
            ? `The newest ${number(items.length)} of ${number(incident.finding_count)} findings are drawn.`
            : null}
        </Notice>
      ) : null}
      {asList ? (
        <GraphList model={model} found={found} onOpen={onOpen} openId={openId} />
      ) : (
        <Drawn
          model={model}
          joins={joins}
          found={found}
          chosen={chosen}
          onChoose={setChosen}
          openId={openId}
          onOpen={onOpen}
        />
      )}
    </div>
  );
}

function Drawn({
  model,
  joins,
  found,
  chosen,
  onChoose,
  openId,
  onOpen,
}: {
  model: GraphModel;
  joins: boolean;
  found: GraphModel["nodes"] | null;
  chosen: string | null;
  onChoose: (id: string | null) => void;
  openId: string;
  onOpen: (findingId: string) => void;
}) {
  const layout = useLayout(model);
  const theme = useTheme();
  if (layout.state === "failed")
    return <Failure error={new Error(`${layout.why} The list shows the same.`)} what="The layout of the graph" />;
  if (layout.state === "working") return <Skeleton className="p-4" lines={8} />;
  return (
    <div className="relative min-h-0 flex-1">
      <Canvas
        key={model.nodes.length}
        {...{ model, layout, joins, found, chosen, onChoose, openId, onOpen }}
        theme={theme}
      />
    </div>
  );
}

type Placed = Extract<Layout, { state: "done" }>;

const boundsOf = (nodes: readonly GraphNode[], layout: Placed) =>
  getNodesBounds(
    nodes.map((node) => ({
      id: node.id,
      position: layout.positions.get(node.id) ?? { x: 0, y: 0 },
      ...SIZES[node.kind],
      data: {},
    })),
  );

type CanvasGiven = {
  model: GraphModel;
  layout: Placed;
  joins: boolean;
  found: GraphModel["nodes"] | null;
  chosen: string | null;
  onChoose: (id: string | null) => void;
  openId: string;
  onOpen: (findingId: string) => void;
  theme: "light" | "dark" | "system";
};

function Canvas({ model, layout, joins, found, chosen, onChoose, openId, onOpen, theme }: CanvasGiven) {
  const flow = useReactFlow();
  const store = useStoreApi();
  const drawn = useMemo(() => model.edges.filter((edge) => joins || edge.kind === "names"), [model, joins]);
  const near = useMemo(() => {
    if (chosen === null) return null;
    const ids = new Set([chosen]);
    for (const edge of drawn) {
      if (edge.id === chosen || edge.source === chosen) ids.add(edge.target);
      if (edge.id === chosen || edge.target === chosen) ids.add(edge.source);
    }
    return ids;
  }, [drawn, chosen]);

  const lookOf = useMemo(() => {
    const hits = found === null ? null : new Set(found.map((node) => node.id));
    return (node: GraphNode): Shown["look"] => {
      if (chosen === node.id || (node.kind === "finding" && node.findingIds.includes(openId))) return "chosen";
      if (hits !== null) return hits.has(node.id) ? "found" : "faded";
      return near === null ? "plain" : near.has(node.id) ? "near" : "faded";
    };
  }, [found, near, chosen, openId]);
  const many = model.nodes.length > MOST_ELEMENTS || model.edges.length > MOST_ELEMENTS;
  const far = useStore((state) => state.transform[2] < FAR_ZOOM) && many;

  const nodes = useMemo<FlowNode[]>(() => {
    if (far) return [];
    return model.nodes.map((node) => {
      const look = lookOf(node);
      return {
        id: node.id,
        type: "any",
        position: layout.positions.get(node.id) ?? { x: 0, y: 0 },
        ...SIZES[node.kind],
        // Else the library draws every node once to measure it.
        ...(many ? { measured: SIZES[node.kind], handles: [] } : {}),
        data: { node, look },
        draggable: false,
        connectable: false,
        focusable: false,
        ariaLabel: nodeText(node),
      };
    });
  }, [model, layout, lookOf, many, far]);

  const edges = useMemo<Edge[]>(
    () =>
      (many ? [] : drawn).map((edge) => {
        const touched = chosen !== null && (edge.id === chosen || edge.source === chosen || edge.target === chosen);
        const quiet = chosen !== null && !touched;
        const stroke = edge.kind === "join" ? "var(--accent)" : touched ? "var(--ink-2)" : "var(--line-strong)";
        return {
          id: edge.id,
          source: edge.source,
          target: edge.target,
          focusable: false,
          ...(edge.kind === "join" ? { sourceHandle: "bottom", targetHandle: "top" } : {}),
          style: {
            stroke,
            strokeWidth: touched ? 2 : 1,
            opacity: quiet ? 0.12 : edge.kind === "join" && !touched ? 0.45 : 1,
            ...(edge.kind === "join" ? { strokeDasharray: "5 4" } : {}),
          },
          ...(edge.kind === "names" && edge.role !== "related"
            ? { markerEnd: { type: MarkerType.ArrowClosed, color: stroke, width: 12, height: 12 } }
            : {}),
        };
      }),
    [drawn, chosen, many],
  );
  const edgeLook = useCallback(
    (edge: GraphEdge) =>
      chosen === null
        ? found === null
          ? "plain"
          : "faded"
        : edge.id === chosen || edge.source === chosen || edge.target === chosen
          ? "near"
          : "faded",
    [chosen, found],
  );
  const choose = (id: string | null) => {
    onChoose(id === chosen ? null : id);
    const node = model.nodes.find((each) => each.id === id);
    const only = node?.kind === "finding" && node.findingIds.length === 1 ? node.findingIds[0] : undefined;
    if (only !== undefined && only !== openId) onOpen(only);
  };

  useEffect(() => {
    if (!found?.[0]) return;
    const { width, height } = store.getState();
    const bounds = boundsOf(found.slice(0, 40), layout);
    void flow.setViewport(getViewportForBounds(bounds, width, height, FAR_ZOOM, 1.1, 0.1), { duration: 200 });
  }, [found, flow, store, layout]);

  // The panel beside the graph takes width: what it is about is brought into sight once it has.
  useEffect(() => {
    const open = model.nodes.find((node) => node.kind === "finding" && node.findingIds.includes(openId));
    const at = open === undefined ? undefined : layout.positions.get(open.id);
    if (at === undefined) return;
    const timer = setTimeout(() => {
      const { width, height } = SIZES.finding;
      void flow.setCenter(at.x + width / 2, at.y + height / 2, { zoom: Math.max(flow.getZoom(), 0.6), duration: 200 });
    }, 250);
    return () => clearTimeout(timer);
  }, [openId, model, layout, flow]);

  return (
    <>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={theme}
        onlyRenderVisibleElements
        nodesConnectable={false}
        nodesDraggable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        fitView
        fitViewOptions={{ maxZoom: 1, minZoom: 0.5, padding: 0.05 }}
        minZoom={0.05}
        maxZoom={2}
        onNodeClick={(_, { id }) => choose(id)}
        onEdgeClick={(_, { id }) => choose(id)}
        onPaneClick={({ clientX, clientY }) => {
          if (!many) return onChoose(null);
          const point = flow.screenToFlowPosition({ x: clientX, y: clientY });
          choose(elementAt(point, flow.getZoom(), far ? model.nodes : [], drawn, layout.positions));
        }}
        aria-label="Graph of findings and entities; its list form is for the keyboard"
        className="!bg-canvas"
      >
        <Background variant={BackgroundVariant.Dots} color="var(--line)" gap={20} />
        {many ? (
          <Far nodes={model.nodes} edges={drawn} places={layout.positions} nodeLook={lookOf} edgeLook={edgeLook} />
        ) : null}
        <Controls
          showInteractive={false}
          showFitView={!many}
          className="overflow-hidden rounded-md border border-line [&_button]:flex [&_button]:size-6 [&_button]:items-center [&_button]:justify-center [&_button]:border-b [&_button]:border-line [&_button]:bg-surface [&_button]:p-1.5 [&_button]:text-ink-2 [&_button:hover]:bg-hover [&_svg]:size-3 [&_svg]:fill-current"
        >
          {many ? (
            // The library's own has nothing to fit to while the nodes are on the canvas.
            <ControlButton
              title="Fit view"
              aria-label="Fit view"
              onClick={() => void flow.fitBounds(boundsOf(model.nodes, layout), { padding: 0.05, duration: 200 })}
            >
              <Maximize aria-hidden className="!fill-none" />
            </ControlButton>
          ) : null}
        </Controls>
      </ReactFlow>
      {layout.columns ? (
        <p className="absolute top-2 right-3 rounded-md bg-raised px-2 py-1 text-sm text-ink-2 shadow-float">
          Too many for layers: columns of who acted, what was found, and what it was done to
        </p>
      ) : null}
      <About model={model} chosen={chosen} onChoose={onChoose} onOpen={onOpen} />
    </>
  );
}
