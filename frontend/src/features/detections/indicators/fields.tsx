"use client";

import { Field, Input, Select, Textarea } from "@/components/ui/form";
import { words } from "@/lib/format";
import { SEVERITIES, type Severity } from "@/lib/severity";

/** What is said of an indicator, or of all of a list. `expires` is what a field for times holds. */
export type Said = { title: string; level: Severity | ""; note: string; source: string; expires: string };
export const NOTHING_SAID: Said = { title: "", level: "", note: "", source: "", expires: "" };

export function SaidFields({
  said,
  onChange,
  list,
  fixedLevel,
}: {
  said: Said;
  onChange: (said: Said) => void;
  /** They are said of a list. */
  list?: boolean;
  /** It has a level already. */
  fixedLevel?: boolean;
}) {
  const put = (part: Partial<Said>) => onChange({ ...said, ...part });
  return (
    <>
      <Field label="Title" hint={list ? "Empty: what the list says of each." : "What its findings are called."}>
        {(ids) => (
          <Input
            {...ids}
            maxLength={200}
            value={said.title}
            placeholder="Command and control of Example Bear"
            onChange={(event) => put({ title: event.target.value })}
          />
        )}
      </Field>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="Level of its findings">
          {(ids) => (
            <Select
              {...ids}
              value={said.level}
              onChange={(event) => put({ level: event.target.value as Said["level"] })}
            >
              {fixedLevel ? null : <option value="">By its type</option>}
              {SEVERITIES.map((level) => (
                <option key={level} value={level}>
                  {words(level)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Expires" hint="Your time. Empty: it does not end.">
          {(ids) => (
            <Input
              {...ids}
              type="datetime-local"
              value={said.expires}
              onChange={(event) => put({ expires: event.target.value })}
            />
          )}
        </Field>
      </div>
      <Field label="Source" hint="Where it is from; all from one source can be removed at once.">
        {(ids) => (
          <Input
            {...ids}
            maxLength={200}
            value={said.source}
            placeholder="CERT bulletin 2026-14"
            onChange={(event) => put({ source: event.target.value })}
          />
        )}
      </Field>
      <Field label="Note">
        {(ids) => (
          <Textarea
            {...ids}
            rows={2}
            maxLength={2_000}
            value={said.note}
            onChange={(event) => put({ note: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
