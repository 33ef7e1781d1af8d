"use client";

import { useQuery } from "@tanstack/react-query";
import { FilterX } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { TacticName, Technique } from "@/components/data/attack";
import { SeverityLabel, SeverityMark, StateLabel } from "@/components/data/severity";
import { Empty, Loaded, Skeleton } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { HuntTimesProvider, Mono, Value } from "@/components/data/value";
import { useMay } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { words } from "@/lib/format";
import { visible } from "@/lib/visible";
import { byImportance } from "./event";
import { FindingAround } from "./finding-around";
import { FindingRecords } from "./finding-records";
import { FindingWhy, useExplanation } from "./finding-why";
import { Part } from "./section";
import { VerdictPart } from "./verdict";

const FilterDialog = dynamic(() => import("./filter-dialog").then((module) => module.FilterDialog), { ssr: false });

export const useFinding = (findingId: string) =>
  useQuery({
    queryKey: ["findings", findingId],
    queryFn: () => data(api.GET("/api/v1/findings/{finding_id}", { params: { path: { finding_id: findingId } } })),
  });

/** What happened, why it fired, the record, what was around it, what it was called, and where it belongs: in a panel and on its page. */
export function FindingDetail({ findingId }: { findingId: string }) {
  const finding = useFinding(findingId);
  if (finding.isError && asProblem(finding.error).status === 404)
    return (
      <Empty title="There is no such finding">It is not in this organization, or its time of keeping has ended.</Empty>
    );
  return (
    <Loaded query={finding} what="The finding" skeleton={<Skeleton className="p-4" lines={12} />}>
      {(found) => <Whole key={found.finding_id} finding={found} />}
    </Loaded>
  );
}

function Whole({ finding }: { finding: Schema<"WholeFinding"> }) {
  const at = new Date(finding.time).getTime();
  const times = { from: new Date(at - 86_400_000).toISOString(), to: new Date(at + 86_400_000).toISOString() };
  return (
    <HuntTimesProvider value={times}>
      <article className="@container min-w-0 pb-6" aria-label={finding.title}>
        <Head finding={finding} />
        <div className="@5xl:grid @5xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <div className="min-w-0 @5xl:border-r @5xl:border-line">
            <FindingWhy finding={finding} />
            <FindingRecords finding={finding} />
          </div>
          <div className="min-w-0">
            <FindingAround finding={finding} />
            <Part title="Verdict">
              <VerdictPart finding={finding} />
              <ToFilter finding={finding} />
            </Part>
            <Part title="Incident">
              <InIncident finding={finding} />
            </Part>
            <Part title="Entities">
              <Entities finding={finding} />
            </Part>
          </div>
        </div>
      </article>
    </HuntTimesProvider>
  );
}

function Head({ finding }: { finding: Schema<"WholeFinding"> }) {
  const explanation = useExplanation(finding.finding_id);
  return (
    <div className="px-4 py-3">
      {explanation.data ? (
        <p className="text-lg break-words">{visible(explanation.data.sentence)}</p>
      ) : explanation.isError ? (
        <p className="text-lg">{finding.title}</p>
      ) : (
        <div className="skeleton h-5 w-4/5" />
      )}
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-2">
        <SeverityLabel severity={finding.level} />
        {finding.state === "suppressed" ? <StateLabel state={finding.state} /> : null}
        {finding.verdict !== null ? <StateLabel state={finding.verdict} /> : null}
        <Time value={finding.time} />
        <Mono>{finding.source}</Mono>
        {finding.tactics.map((tactic) => (
          <TacticName key={tactic} id={tactic} />
        ))}
        {finding.techniques.map((technique) => (
          <Technique key={technique} id={technique} />
        ))}
      </div>
      {finding.suppressed_by !== null ? (
        <p className="mt-2 text-ink-2">
          A filter withholds it.{" "}
          <Link
            href={`/detections/exceptions?open=${finding.suppressed_by}`}
            className="text-accent-ink hover:underline"
          >
            Open the filter
          </Link>
        </p>
      ) : null}
    </div>
  );
}

function ToFilter({ finding }: { finding: Schema<"WholeFinding"> }) {
  const may = useMay("analyst");
  const [open, setOpen] = useState(false);
  if (!may || finding.state === "suppressed") return null;
  const asked = finding.verdict === "false_positive" || finding.verdict === "benign";
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2 border-t border-line pt-3">
      <Button look={asked ? "primary" : "secondary"} onClick={() => setOpen(true)}>
        <FilterX size={14} aria-hidden />
        New filter from it
      </Button>
      <span className="text-sm text-ink-3">Withholds findings like it, until it expires.</span>
      {open ? (
        <FilterDialog findingId={finding.finding_id} title={finding.title} onClose={() => setOpen(false)} />
      ) : null}
    </div>
  );
}

function InIncident({ finding }: { finding: Schema<"WholeFinding"> }) {
  const id = finding.incident_id;
  const incident = useQuery({
    queryKey: ["incidents", id, "of-finding"],
    queryFn: () => data(api.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: id ?? "" } } })),
    enabled: id !== null,
  });
  if (id === null)
    return (
      <p className="text-ink-2">{finding.state === "suppressed" ? "In none: a filter withholds it." : "In none."}</p>
    );
  return (
    <Loaded query={incident} what="The incident" skeleton={<div className="skeleton h-5 w-3/5" />}>
      {(found) => (
        <div className="flex items-start gap-2">
          <SeverityMark severity={found.severity} className="mt-[3px]" />
          <Link href={`/incidents/${found.incident_id}`} className="min-w-0 font-medium hover:underline">
            <span className="font-normal text-ink-3">{found.number}</span> {found.title}
          </Link>
          <StateLabel state={found.state} />
        </div>
      )}
    </Loaded>
  );
}

function Entities({ finding }: { finding: Schema<"WholeFinding"> }) {
  if (finding.entities.length === 0) return <p className="text-ink-2">The event names nobody and nothing.</p>;
  return (
    <table className="w-full table-fixed text-sm">
      <caption className="sr-only">Entities</caption>
      <colgroup>
        <col className="w-20" />
        <col className="w-28" />
        <col />
      </colgroup>
      <tbody>
        {byImportance(finding.entities).map((each) => (
          <tr key={`${each.role} ${each.type}:${each.value}`} className="border-b border-line last:border-b-0">
            <td className="py-1 text-ink-3">{words(each.role ?? "related")}</td>
            <td className="py-1 text-ink-2">{words(each.type)}</td>
            <td className="py-1">
              <Value value={each.value} entity={each.type} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
