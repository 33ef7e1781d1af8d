"use client";

import { useState } from "react";

import { FixedFilter, shownTime } from "@/components/data/filters";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Popover } from "@/components/ui/overlay";
import { useAddress } from "@/lib/address";

/** From when and until when, in the reader's zone; in the address as `from` and `to`. */
export function BetweenFilter() {
  const address = useAddress();
  const [open, setOpen] = useState(false);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [wrong, setWrong] = useState(false);
  const apply = () => {
    if (from !== "" && to !== "" && from >= to) return setWrong(true);
    setWrong(false);
    setOpen(false);
    address.push({ from: iso(from), to: iso(to) });
  };
  return (
    <>
      <FixedFilter name="from" label="From" show={shownTime} />
      <FixedFilter name="to" label="Until" show={shownTime} />
      {address.get("from") || address.get("to") ? null : (
        <Popover
          label="Time"
          open={open}
          onOpenChange={setOpen}
          trigger={
            <button type="button" className="h-7 rounded-md border border-line-strong px-2 text-ink-2 hover:bg-hover">
              Time
            </button>
          }
        >
          <form
            className="flex flex-col gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              apply();
            }}
          >
            <Field label="From">
              {(ids) => (
                <Input {...ids} type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
              )}
            </Field>
            <Field label="Until" error={wrong ? "This is before the other." : null}>
              {(ids) => (
                <Input {...ids} type="datetime-local" value={to} onChange={(event) => setTo(event.target.value)} />
              )}
            </Field>
            <Button type="submit" look="primary" disabled={from === "" && to === ""}>
              Show
            </Button>
          </form>
        </Popover>
      )}
    </>
  );
}

const iso = (local: string): string | null => (local === "" ? null : new Date(local).toISOString());
