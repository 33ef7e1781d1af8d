"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { SeverityMark } from "@/components/data/severity";
import { TimeRange, useTimeRange } from "@/components/data/time-range";
import { Editor } from "@/components/editor/editor";
import { Button } from "@/components/ui/button";
import { Checkbox, Field, Input } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { cn } from "@/lib/cn";

type Chosen = { id: string; title: string };

/** Which rule runs over which time. */
export function NewRetroHunt({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const client = useQueryClient();
  const range = useTimeRange("7d");
  const [written, setWritten] = useState(false);
  const [rule, setRule] = useState<Chosen | null>(null);
  const [text, setText] = useState("");
  const [name, setName] = useState("");
  const [sources, setSources] = useState<readonly string[]>([]);
  const start = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/retro-hunts", {
          body: {
            name: name.trim(),
            ...(written ? { rule: text } : { rule_id: rule?.id ?? "" }),
            first_at: range.from,
            before: range.to,
            sources: [...sources],
          },
        }),
      ),
    onSuccess: (job) => {
      void client.invalidateQueries({ queryKey: ["retro-hunts"] });
      router.push(`/hunt/retro/${job.id}`);
    },
  });
  const ready = written ? text.trim() !== "" : rule !== null;
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title="Start a retro-hunt"
      description="A rule runs over the records of the past, by the engine that reads new ones. What it finds stays in the result; nothing live is changed."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={!ready} busy={start.isPending} onClick={() => start.mutate()}>
            Start
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-3">
        <div role="group" aria-label="The rule is" className="flex self-start rounded-md border border-line text-sm">
          {[false, true].map((each) => (
            <button
              key={String(each)}
              type="button"
              aria-pressed={written === each}
              onClick={() => setWritten(each)}
              className={cn("h-7 px-3", written === each ? "bg-selected text-ink" : "text-ink-2 hover:bg-hover")}
            >
              {each ? "A text" : "One that is here"}
            </button>
          ))}
        </div>
        {written ? (
          <Editor
            label="Sigma rule"
            language="yaml"
            lineNumbers
            value={text}
            onChange={setText}
            placeholder="Sigma YAML: a rule, or a correlation rule with those that it relates"
            className="h-64"
          />
        ) : (
          <RuleSearch chosen={rule} onChoose={setRule} />
        )}
        <div className="flex flex-wrap items-center gap-2">
          <span className="text-sm font-medium text-ink-2">Events of</span>
          <TimeRange range={range} longest={400} align="start" />
        </div>
        <Sources from={range.from} to={range.to} chosen={sources} onChoose={setSources} />
        <Field label="Name" hint="Without one, the rule's title stands for it.">
          {(ids) => <Input {...ids} maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        {start.isError ? (
          <p role="alert" className="text-danger-ink">
            Not started: {asProblem(start.error).message}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}

function RuleSearch({ chosen, onChoose }: { chosen: Chosen | null; onChoose: (rule: Chosen) => void }) {
  const [typed, setTyped] = useState("");
  const text = typed.trim();
  const rules = useQuery({
    queryKey: ["rules", "search", text],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/rules", {
          params: { query: { limit: 30, ...(text === "" ? {} : { text }), kind: ["sigma", "sigma_correlation"] } },
          signal,
        }),
      ),
  });
  return (
    <div>
      <Field label="Rule">
        {(ids) => (
          <Input
            {...ids}
            autoFocus
            placeholder="Part of its title"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      <div className="mt-1 h-44 overflow-y-auto rounded-md border border-line p-1">
        {rules.isError ? (
          <p role="alert" className="px-2 py-1 text-danger-ink">
            Rules could not be loaded: {asProblem(rules.error).message}
          </p>
        ) : rules.isPending ? (
          <div className="skeleton m-1 h-4" role="status" aria-label="Loading" />
        ) : rules.data.items.length === 0 ? (
          <p className="px-2 py-1 text-ink-2">No rule has this in its title</p>
        ) : (
          <ul>
            {rules.data.items.map((rule) => (
              <li key={rule.rule_id}>
                <button
                  type="button"
                  aria-pressed={chosen?.id === rule.rule_id}
                  onClick={() => onChoose({ id: rule.rule_id, title: rule.title })}
                  className={cn(
                    "flex min-h-7 w-full items-center gap-2 rounded-sm px-2 text-left hover:bg-hover",
                    chosen?.id === rule.rule_id && "bg-selected",
                  )}
                >
                  <SeverityMark severity={rule.level} />
                  <span className="min-w-0 flex-1 truncate">{rule.title}</span>
                  <span className="text-sm text-ink-3">{rule.log_sources[0] ?? ""}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      {chosen ? <p className="mt-1 text-sm text-ink-2">Chosen: {chosen.title}</p> : null}
    </div>
  );
}

function Sources({
  from,
  to,
  chosen,
  onChoose,
}: {
  from: string;
  to: string;
  chosen: readonly string[];
  onChoose: (sources: readonly string[]) => void;
}) {
  const query = { attribute: "source", first_at: from, before: to, limit: 50 };
  const known = useQuery({
    queryKey: ["hunts", "values", query],
    queryFn: ({ signal }) => data(api.GET("/api/v1/hunts/values", { params: { query }, signal })),
    staleTime: 120_000,
  });
  return (
    <fieldset>
      <legend className="text-sm font-medium text-ink-2">Sources</legend>
      <p className="text-sm text-ink-3">None chosen: all. Fewer is quicker.</p>
      {known.isError ? (
        <p role="alert" className="text-sm text-danger-ink">
          Sources could not be loaded: {asProblem(known.error).message}
        </p>
      ) : known.data?.items.length === 0 ? (
        <p className="text-sm text-warn-ink">There are no events in this time.</p>
      ) : (
        <div className="flex flex-wrap gap-x-4">
          {(known.data?.items ?? []).map(({ value }) => (
            <Checkbox
              key={value}
              label={<span className="font-mono text-[12px]">{value}</span>}
              checked={chosen.includes(value)}
              onChange={(event) =>
                onChoose(event.target.checked ? [...chosen, value] : chosen.filter((each) => each !== value))
              }
            />
          ))}
        </div>
      )}
    </fieldset>
  );
}
