"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import Link from "next/link";

import { api, data } from "@/api/client";
import { SeverityMark } from "@/components/data/severity";
import { Empty, Loaded } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { PageHead } from "@/components/shell/page";
import { useFailureToast } from "@/components/shell/toasts";
import { Button, buttonClass } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { cn } from "@/lib/cn";
import { counted, number } from "@/lib/format";
import { type Cell, type Reach, coverageColumns, reach } from "./coverage-model";
import { READINESS, READINESS_STATES, ReadinessMark } from "./readiness-state";
import { DetectionTabs } from "./tabs";

const REACH: Record<Reach, { label: string; look: string; shown: string }> = {
  all: { label: "All its rules can fire", look: "border-transparent bg-good-soft", shown: "text-good-ink" },
  some: { label: "Some can fire", look: "border-line-strong bg-surface", shown: "text-ink-2" },
  none: { label: "None can fire", look: "border-dashed border-line-strong bg-sunken", shown: "text-ink-3" },
};
const REACHES = Object.keys(REACH) as Reach[];

/** Which ATT&CK techniques the rules that are on name, and which of them can fire here. */
export function Coverage() {
  const coverage = useQuery({ queryKey: ["rule-coverage"], queryFn: () => data(api.GET("/api/v1/rule-coverage")) });
  const readiness = useQuery({
    queryKey: ["rule-readiness", "summary"],
    queryFn: () => data(api.GET("/api/v1/rule-readiness/summary")),
  });
  return (
    <>
      <PageHead title="Detections" actions={<Layer />} />
      <DetectionTabs />
      <Loaded query={coverage} what="The coverage">
        {(covered) => (
          <Loaded query={readiness} what="What can fire here">
            {(summary) =>
              summary.techniques.length === 0 ? (
                <Empty
                  title="No rule that is on names a technique"
                  action={
                    <Link href="/detections?enabled=false" className={buttonClass()}>
                      Show rules that are off
                    </Link>
                  }
                >
                  Rules name what they see by tags such as <code>attack.t1098</code>.
                </Empty>
              ) : (
                <Matrix covered={covered} summary={summary} />
              )
            }
          </Loaded>
        )}
      </Loaded>
    </>
  );
}

function Matrix({
  covered,
  summary,
}: {
  covered: Parameters<typeof coverageColumns>[0];
  summary: Parameters<typeof coverageColumns>[1];
}) {
  const { get, push } = useAddress();
  const only = (get("show") || null) as Reach | null;
  const columns = coverageColumns(covered, summary);
  const all = new Map(columns.flatMap((column) => column.cells.map((cell) => [cell.id, cell])));
  const count = (which: Reach) => [...all.values()].filter((cell) => reach(cell) === which).length;
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2 border-b border-line px-4 py-2">
        <ul className="flex flex-wrap gap-x-4 gap-y-1" aria-label="Rules that are on">
          {READINESS_STATES.map((state) => (
            <li key={state}>
              <Link
                href={`/detections/readiness?state=${state}&enabled=true`}
                title={READINESS[state].meaning}
                className="inline-flex items-center gap-1.5 hover:underline"
              >
                <ReadinessMark state={state} />
                <span className="font-medium">{number(summary.states[state])}</span>
                <span className="text-ink-2">{READINESS[state].label.toLowerCase()}</span>
              </Link>
            </li>
          ))}
        </ul>
        <div role="group" aria-label="Techniques shown" className="flex flex-wrap gap-1.5 min-[900px]:ml-auto">
          {REACHES.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={only === each}
              onClick={() => push({ show: only === each ? null : each })}
              className={cn(
                "inline-flex h-6 items-center gap-1.5 rounded-sm border px-2 text-sm hover:brightness-95",
                REACH[each].look,
                only === each && "outline-2 outline-accent",
              )}
            >
              {REACH[each].label}
              <span className="text-ink-2">{count(each)}</span>
            </button>
          ))}
        </div>
      </div>
      <div
        role="region"
        aria-label="ATT&CK matrix"
        tabIndex={0}
        className="relative min-h-0 flex-1 overflow-auto px-4 pb-4"
      >
        <div className="flex w-max min-w-full gap-1.5">
          {columns.map(({ tactic, cells }) => {
            const shown = cells.filter((cell) => only === null || reach(cell) === only);
            return (
              <section key={tactic.id} aria-label={tactic.name} className="w-[136px] shrink-0 grow">
                <div className="sticky top-0 z-10 bg-canvas pt-3 pb-1.5">
                  <h2 className="truncate text-sm font-semibold" title={tactic.name}>
                    {tactic.id === "" ? (
                      tactic.name
                    ) : (
                      <Link
                        href={`/detections?tactic=${tactic.id}&enabled=true`}
                        className="block truncate leading-6 hover:underline"
                      >
                        {tactic.name}
                      </Link>
                    )}
                  </h2>
                  <p className="truncate text-xs text-ink-3">
                    {tactic.id === ""
                      ? counted(cells.length, "technique")
                      : `${tactic.id}, ${counted(cells.length, "technique")}`}
                  </p>
                </div>
                {shown.length === 0 ? (
                  <p className="rounded-sm border border-dashed border-line px-1.5 py-1 text-xs text-ink-3">
                    {cells.length === 0 ? "No rule" : "None like this"}
                  </p>
                ) : (
                  <ul className="flex flex-col gap-1">
                    {shown.map((cell) => (
                      <li key={cell.id}>
                        <TechniqueCell cell={cell} />
                      </li>
                    ))}
                  </ul>
                )}
              </section>
            );
          })}
        </div>
        <p className="mt-4 max-w-[90ch] text-sm text-ink-3">
          {counted(covered.rules, "rule")} report findings, {number(covered.untold)} of them name no technique. A
          technique stands below each tactic that its rules name, with how many of them can fire; a technique can be
          done in ways that none of its rules sees. By a sample of {counted(summary.records, "record")}, looked at{" "}
          <Time value={summary.sampled_at} parts="minute" />.
        </p>
      </div>
    </>
  );
}

function TechniqueCell({ cell }: { cell: Cell }) {
  const { look, shown } = REACH[reach(cell)];
  const states = READINESS_STATES.filter((state) => cell.states[state] > 0)
    .map((state) => `${cell.states[state]} ${READINESS[state].label.toLowerCase()}`)
    .join(", ");
  return (
    <Link
      href={`/detections?technique=${cell.id}&enabled=true`}
      prefetch={false}
      title={`${cell.id}: ${states}`}
      className={cn("flex h-6 items-center gap-1 rounded-sm border px-1.5 hover:brightness-95", look)}
    >
      <span className="min-w-0 flex-1 truncate font-mono text-[11px]">{cell.id}</span>
      {cell.level ? <SeverityMark severity={cell.level} className="size-3" /> : null}
      <span className={cn("text-xs", shown)}>
        {cell.canFire}/{cell.rules}
        <span className="sr-only"> rules can fire</span>
      </span>
    </Link>
  );
}

/** Saves the coverage as a layer of the ATT&CK Navigator. */
function Layer() {
  const failed = useFailureToast();
  const layer = useMutation({
    mutationFn: () => data(api.GET("/api/v1/rule-coverage/navigator")),
    onError: failed("The layer was not exported"),
    onSuccess: (made) => save("mini-xdr-layer.json", JSON.stringify(made, null, 2)),
  });
  return (
    <Button busy={layer.isPending} onClick={() => layer.mutate()}>
      <Download size={14} aria-hidden />
      Export Navigator layer
    </Button>
  );
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
