"use client";

import { ListFilter } from "lucide-react";
import { type FormEvent, useId, useState } from "react";

import type { Schema } from "@/api/client";
import { Button } from "@/components/ui/button";
import { Checkbox, Field, Input } from "@/components/ui/form";
import { Popover } from "@/components/ui/overlay";
import { useAddress } from "@/lib/address";

/** Filters that take one exact value, with their labels. */
export const EXACT = [
  { name: "provider", label: "Provider", example: "aws" },
  { name: "account", label: "Account", example: "111122223333" },
  { name: "region", label: "Region", example: "eu-central-1" },
  { name: "type", label: "Type", example: "s3_bucket" },
] as const;
const TAG = /^[^=]{1,128}=.{0,256}$/;

/** Exact values are typed, or chosen from those of the rows that are loaded. */
export function AssetFilters({ rows }: { rows: Schema<"CloudAsset">[] }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label="Filters of assets"
      open={open}
      onOpenChange={setOpen}
      className="w-72 p-3"
      trigger={
        <Button>
          <ListFilter size={14} aria-hidden />
          Filters
        </Button>
      }
    >
      <Form rows={rows} done={() => setOpen(false)} />
    </Popover>
  );
}

function Form({ rows, done }: { rows: Schema<"CloudAsset">[]; done: () => void }) {
  const { get, push } = useAddress();
  const list = useId();
  const [given, setGiven] = useState<Record<string, string>>(() =>
    Object.fromEntries([...EXACT.map(({ name }) => name), "tag", "deleted"].map((name) => [name, get(name)])),
  );
  const set = (name: string, value: string) => setGiven((before) => ({ ...before, [name]: value }));
  const tag = (given.tag ?? "").trim();
  const wrong = tag !== "" && !TAG.test(tag);
  const take = (event: FormEvent) => {
    event.preventDefault();
    if (wrong) return;
    push(Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.trim()])));
    done();
  };
  return (
    <form className="flex flex-col gap-2" onSubmit={take}>
      {EXACT.map(({ name, label, example }) => (
        <Field key={name} label={label}>
          {(ids) => (
            <>
              <Input
                {...ids}
                list={`${list}-${name}`}
                placeholder={example}
                value={given[name] ?? ""}
                onChange={(event) => set(name, event.target.value)}
              />
              <datalist id={`${list}-${name}`}>
                {[...new Set(rows.map((row) => row[name]))].sort().map((value) => (
                  <option key={value} value={value} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      ))}
      <Field label="Tag" error={wrong ? "Write a key and a value: env=prod" : undefined}>
        {(ids) => (
          <Input
            {...ids}
            placeholder="env=prod"
            value={given.tag ?? ""}
            onChange={(event) => set("tag", event.target.value)}
          />
        )}
      </Field>
      <Checkbox
        label="Show those that are gone, too"
        checked={given.deleted === "true"}
        onChange={(event) => set("deleted", event.target.checked ? "true" : "")}
      />
      <Button type="submit" look="primary" className="self-start">
        Apply
      </Button>
    </form>
  );
}
