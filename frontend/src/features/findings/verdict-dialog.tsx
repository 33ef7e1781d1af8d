"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Loaded } from "@/components/data/states";
import { useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Field, Textarea } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { counted, words } from "@/lib/format";
import { useFinding } from "./finding-detail";
import { type Verdict, VerdictChoice, VerdictForm } from "./verdict";

const FilterDialog = dynamic(() => import("./filter-dialog").then((module) => module.FilterDialog), { ssr: false });

type Finding = Schema<"Finding">;

/** A verdict for one finding or many; from a false positive the way leads on to a filter. */
export function VerdictDialog({
  findings,
  onClose,
  onDone,
}: {
  findings: Finding[];
  onClose: () => void;
  onDone: () => void;
}) {
  const [first] = findings;
  if (first === undefined) return null;
  return findings.length === 1 ? (
    <OneVerdict finding={first} onClose={onClose} />
  ) : (
    <ManyVerdicts findings={findings} onClose={onClose} onDone={onDone} />
  );
}

function OneVerdict({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const whole = useFinding(finding.finding_id);
  const [next, setNext] = useState(false);
  if (next) return <FilterDialog findingId={finding.finding_id} title={finding.title} onClose={onClose} />;
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())} title="Verdict" description={finding.title}>
      <div className="pb-3">
        <Loaded query={whole} what="The finding">
          {(found) => (
            <VerdictForm
              finding={found}
              onDone={(verdict) => {
                if (verdict === "false_positive" && found.state === "open") setNext(true);
                else onClose();
              }}
            />
          )}
        </Loaded>
      </div>
    </Dialog>
  );
}

function ManyVerdicts({ findings, onClose, onDone }: { findings: Finding[]; onClose: () => void; onDone: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [note, setNote] = useState("");
  const [done, setDone] = useState<number | null>(null);
  const keep = async (chosen: Verdict) => {
    const failed: string[] = [];
    setDone(0);
    for (const [index, finding] of findings.entries()) {
      try {
        await data(
          api.PUT("/api/v1/findings/{finding_id}/verdict", {
            params: { path: { finding_id: finding.finding_id } },
            body: { verdict: chosen, note },
          }),
        );
      } catch (error) {
        failed.push(asProblem(error).message);
      }
      setDone(index + 1);
    }
    for (const noun of ["findings", "rules", "incidents", "overview"])
      void client.invalidateQueries({ queryKey: [noun] });
    toast(
      failed.length === 0
        ? { text: `${words(chosen)}: kept for ${counted(findings.length, "finding")}` }
        : {
            tone: "danger",
            text: `${counted(failed.length, "verdict was", "verdicts were")} not kept of ${findings.length}: ${failed[0]}`,
          },
    );
    if (failed.length === 0) onDone();
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => (open || done !== null ? undefined : onClose())}
      title={`Verdict for ${counted(findings.length, "finding")}`}
      description="What was said of them before is replaced."
      footer={
        <>
          <Button onClick={onClose} disabled={done !== null}>
            Cancel
          </Button>
          <Button
            look="primary"
            busy={done !== null}
            disabled={verdict === null}
            onClick={() => (verdict === null ? undefined : void keep(verdict))}
          >
            {done === null ? "Keep verdicts" : `${done} of ${findings.length}`}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-3">
        <VerdictChoice name="verdict-many" value={verdict} onChange={setVerdict} />
        <Field label="Note">
          {(ids) => (
            <Textarea
              {...ids}
              rows={2}
              maxLength={2_000}
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
          )}
        </Field>
      </div>
    </Dialog>
  );
}
