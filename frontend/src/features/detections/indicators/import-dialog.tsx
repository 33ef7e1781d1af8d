"use client";

import { useMutation } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { type FormEvent, useId, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/data/states";
import { Button, buttonClass } from "@/components/ui/button";
import { Checkbox, Field, Textarea } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { cn } from "@/lib/cn";
import { bytes, counted, number } from "@/lib/format";
import { useRefreshIndicators } from "./add-dialog";
import { NOTHING_SAID, type Said, SaidFields } from "./fields";
import { endOf } from "./types";

/** As the api has them. */
const MOST_BYTES = 12 * 1024 * 1024;
const MOST_CHARACTERS = 10_000_000;
/** Longer text is not put into a field: it would stand still. */
const MOST_SHOWN = 200_000;

type Chosen = { name: string; text: string };

/** Takes in a list: from a file or pasted; says line by line what was no indicator. */
export function ImportIndicators({ onClose }: { onClose: () => void }) {
  const form = useId();
  const refresh = useRefreshIndicators();
  const [typed, setTyped] = useState("");
  const [file, setFile] = useState<Chosen | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [said, setSaid] = useState<Said>(NOTHING_SAID);
  const [replace, setReplace] = useState(false);
  const content = file?.text ?? typed;
  const take = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/indicator-imports", {
          body: {
            content,
            title: said.title,
            level: said.level || null,
            note: said.note,
            source: said.source,
            expires_at: endOf(said.expires),
            replace,
          },
        }),
      ),
    onSuccess: refresh,
  });
  const choose = async (chosen: File | undefined) => {
    setWrong(null);
    if (chosen === undefined) return;
    if (chosen.size > MOST_BYTES)
      return setWrong(`${chosen.name} has ${bytes(chosen.size)}; a list has ${bytes(MOST_BYTES)} at most. Split it.`);
    const text = await chosen.text();
    if (text.includes("\u0000"))
      return setWrong(`${chosen.name} is no text. Give text, CSV, or JSON (STIX, MISP, OTX).`);
    if (text.length > MOST_CHARACTERS)
      return setWrong(`${chosen.name} has more than ${number(MOST_CHARACTERS)} characters. Split it.`);
    if (text.length <= MOST_SHOWN) {
      setTyped(text);
      setFile(null);
    } else setFile({ name: chosen.name, text });
    if (said.source === "") setSaid({ ...said, source: chosen.name.slice(0, 200) });
  };
  return (
    <Dialog
      wide
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={take.data ? "What became of the list" : "Import indicators"}
      description={
        take.data
          ? undefined
          : "One a line, CSV, a hosts file, a STIX 2.1 bundle, a MISP event or an OTX pulse: known by its content. Up to 12 MiB and 250,000 lines."
      }
      footer={
        take.data ? (
          <>
            <Button onClick={() => take.reset()}>Import another</Button>
            <Button look="primary" onClick={onClose}>
              Done
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button look="primary" type="submit" form={form} busy={take.isPending} disabled={content.trim() === ""}>
              Import
            </Button>
          </>
        )
      }
    >
      {take.data ? (
        <Account imported={take.data} />
      ) : (
        <form
          id={form}
          className="grid gap-x-6 gap-y-3 pb-2 md:grid-cols-2"
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            if (content.trim() !== "") take.mutate();
          }}
        >
          <div className="flex min-w-0 flex-col gap-3">
            {take.isError ? <Notice tone="danger">Nothing was imported: {asProblem(take.error).message}</Notice> : null}
            {wrong ? <Notice tone="danger">{wrong}</Notice> : null}
            <label
              className={cn(
                buttonClass(),
                "cursor-pointer self-start focus-within:outline-2 focus-within:outline-accent",
              )}
            >
              <Upload size={14} aria-hidden />
              Choose a file
              <input
                type="file"
                className="sr-only"
                accept=".txt,.csv,.tsv,.json,.ioc,.list,text/*,application/json"
                onChange={(event) => {
                  void choose(event.target.files?.[0]);
                  event.target.value = "";
                }}
              />
            </label>
            {file ? (
              <p className="flex items-center gap-2">
                <span className="min-w-0 truncate">
                  {file.name}: {number(file.text.length)} characters, {counted(file.text.split("\n").length, "line")}
                </span>
                <Button small onClick={() => setFile(null)}>
                  Take away
                </Button>
              </p>
            ) : (
              <Field label="List">
                {(ids) => (
                  <Textarea
                    {...ids}
                    rows={14}
                    spellCheck={false}
                    className="font-mono text-[12px]"
                    placeholder={"203.0.113.7\nevil[.]example\n44d88612fea8a8f36de82e1278abb02f"}
                    value={typed}
                    onChange={(event) => setTyped(event.target.value)}
                  />
                )}
              </Field>
            )}
          </div>
          <div className="flex min-w-0 flex-col gap-3">
            <SaidFields list said={said} onChange={setSaid} />
            <Checkbox
              label="Also change those that are known: title, level, note, source, end, switched on"
              checked={replace}
              onChange={(event) => setReplace(event.target.checked)}
            />
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Account({ imported }: { imported: Schema<"Imported"> }) {
  const counts: [string, number][] = [
    ["read", imported.read],
    ["added", imported.added],
    ["known before", imported.known],
    ["repeated", imported.repeats],
    ["refused", imported.refused],
  ];
  return (
    <div className="flex flex-col gap-3 pb-2">
      <dl className="flex flex-wrap gap-x-6 gap-y-1" aria-live="polite">
        {counts.map(([label, value]) => (
          <div key={label} className="flex flex-col-reverse">
            <dt className="text-sm text-ink-2">{label}</dt>
            <dd className="text-xl font-semibold">{number(value)}</dd>
          </div>
        ))}
      </dl>
      {imported.refused === 0 ? (
        <p className="text-ink-2">Every line was an indicator, a comment or a heading.</p>
      ) : (
        <>
          <p className="text-ink-2">
            Lines that are no indicator were left out; correct them and import the list again: what is known is not
            added twice.
          </p>
          <div role="region" aria-label="Refused lines" tabIndex={0} className="max-h-80 overflow-auto">
            <table className="w-full text-sm">
              <thead>
                <tr className="text-left text-ink-3">
                  <th scope="col" className="sticky top-0 w-20 bg-raised py-1 pr-3 font-medium">
                    Line
                  </th>
                  <th scope="col" className="sticky top-0 bg-raised py-1 font-medium">
                    Why
                  </th>
                </tr>
              </thead>
              <tbody>
                {imported.refusals.map((each, index) => (
                  <tr key={index} className="border-t border-line align-top">
                    <td className="py-1 pr-3">{each.line ?? "all"}</td>
                    <td className="py-1 break-words">{each.reason}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {imported.refusals.length < imported.refused ? (
            <p className="text-sm text-ink-2">The first {number(imported.refusals.length)} are shown.</p>
          ) : null}
        </>
      )}
    </div>
  );
}
