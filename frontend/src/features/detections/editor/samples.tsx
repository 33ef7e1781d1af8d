"use client";

import { CircleAlert, CircleCheck, Plus, Trash2 } from "lucide-react";

import type { Schema } from "@/api/client";
import { Button, IconButton } from "@/components/ui/button";
import { Select, Textarea } from "@/components/ui/form";

const MOST = 20;
type Sample = Schema<"Sample">;

/** Records that the rule must find, or must not, tried while it is written. */
export function Samples({
  samples,
  results,
  onChange,
}: {
  samples: Sample[];
  /** Of the samples that hold something, in their order: null where it passes; undefined while it is not known. */
  results: (string | null)[] | undefined;
  onChange: (samples: Sample[]) => void;
}) {
  const change = (index: number, part: Partial<Sample>) =>
    onChange(samples.map((each, place) => (place === index ? { ...each, ...part } : each)));
  const tried = samples.map((sample, index) =>
    sample.record.trim() === ""
      ? undefined
      : results?.[samples.slice(0, index).filter((each) => each.record.trim() !== "").length],
  );
  return (
    <div className="flex flex-col gap-3">
      {samples.map((sample, index) => (
        <div key={index} className="rounded-md border border-line p-2">
          <div className="mb-1.5 flex items-center gap-2">
            <Select
              aria-label={`What the rule does with sample ${index + 1}`}
              className="h-6 w-auto text-sm"
              value={sample.kind}
              onChange={(event) => change(index, { kind: event.target.value as Sample["kind"] })}
            >
              <option value="positive">Must be found</option>
              <option value="negative">Must not be found</option>
            </Select>
            <Tried result={tried[index]} empty={sample.record.trim() === ""} />
            <IconButton
              small
              className="ml-auto"
              label={`Remove sample ${index + 1}`}
              onClick={() => onChange(samples.filter((_, place) => place !== index))}
            >
              <Trash2 size={13} aria-hidden />
            </IconButton>
          </div>
          <Textarea
            aria-label={`Record of sample ${index + 1}`}
            spellCheck={false}
            rows={4}
            maxLength={100_000}
            placeholder="Paste a record as its source writes it: a line, or JSON"
            className="font-mono text-[12px]"
            value={sample.record}
            onChange={(event) => change(index, { record: event.target.value })}
          />
        </div>
      ))}
      <div className="flex flex-wrap gap-2">
        {(["positive", "negative"] as const).map((kind) => (
          <Button
            key={kind}
            small
            disabled={samples.length >= MOST}
            title={samples.length >= MOST ? `A rule takes ${MOST} samples` : undefined}
            onClick={() => onChange([...samples, { kind, record: "" }])}
          >
            <Plus size={13} aria-hidden />
            {kind === "positive" ? "Record to be found" : "Record not to be found"}
          </Button>
        ))}
      </div>
    </div>
  );
}

function Tried({ result, empty }: { result: string | null | undefined; empty: boolean }) {
  if (empty) return <span className="text-sm text-ink-3">empty: it is not kept</span>;
  if (result === undefined) return <span className="text-sm text-ink-3">not tried yet</span>;
  return result === null ? (
    <span className="inline-flex items-center gap-1 text-sm text-good-ink">
      <CircleCheck size={13} aria-hidden /> passes
    </span>
  ) : (
    <span className="inline-flex min-w-0 items-start gap-1 text-sm text-danger-ink">
      <CircleAlert size={13} className="mt-0.5 shrink-0" aria-hidden /> {result}
    </span>
  );
}
