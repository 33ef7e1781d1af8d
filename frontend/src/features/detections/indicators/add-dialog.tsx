"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";

import { api, data } from "@/api/client";
import { asProblem, errorOf } from "@/api/problem";
import { Notice } from "@/components/data/states";
import { useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { NOTHING_SAID, type Said, SaidFields } from "./fields";
import { type IndicatorType, TYPES, endOf, typeOptions } from "./types";

export const useRefreshIndicators = () => {
  const client = useQueryClient();
  return () => {
    for (const noun of ["indicators", "rules", "rule-readiness"]) void client.invalidateQueries({ queryKey: [noun] });
  };
};

/** Adds one indicator. */
export function AddIndicator({ onClose }: { onClose: () => void }) {
  const form = useId();
  const toast = useToast();
  const refresh = useRefreshIndicators();
  const [value, setValue] = useState("");
  const [type, setType] = useState<IndicatorType | "">("");
  const [said, setSaid] = useState<Said>(NOTHING_SAID);
  const add = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/indicators", {
          body: {
            value: value.trim(),
            type: type || null,
            title: said.title,
            level: said.level || null,
            note: said.note,
            source: said.source,
            expires_at: endOf(said.expires),
            enabled: true,
          },
        }),
      ),
    onSuccess: (made) => {
      refresh();
      toast({ text: `${TYPES[made.type]} ${made.value} is looked for from now on` });
      onClose();
    },
  });
  const ofValue = errorOf(add.error, "value");
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="Add an indicator"
      description="Events that come from now on are compared with it. To look in the past, hunt for it."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={form} busy={add.isPending} disabled={value.trim() === ""}>
            Add indicator
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-3 pb-2"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (value.trim() !== "") add.mutate();
        }}
      >
        {add.isError && ofValue === null ? (
          <Notice tone="danger">It was not added: {asProblem(add.error).message}</Notice>
        ) : null}
        <Field
          label="Value"
          hint="An address, network, range, domain (with all below it), URL, digest or e-mail address; defanged ones too."
          error={ofValue ?? undefined}
        >
          {(ids) => (
            <Input
              {...ids}

              autoFocus
              required
              spellCheck={false}
              autoComplete="off"
              className="font-mono text-[12px]"
              placeholder="hxxp://evil[.]example/payload"
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
          )}
        </Field>
        <Field label="Type" error={errorOf(add.error, "type") ?? undefined}>
          {(ids) => (
            <Select {...ids} value={type} onChange={(event) => setType(event.target.value as IndicatorType | "")}>
              <option value="">Told by its looks</option>
              {typeOptions.map((each) => (
                <option key={each.value} value={each.value}>
                  {each.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <SaidFields said={said} onChange={setSaid} />
      </form>
    </Dialog>
  );
}
