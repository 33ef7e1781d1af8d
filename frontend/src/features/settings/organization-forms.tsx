"use client";

import { type FormEvent, useState } from "react";

import { errorOf } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Confirm } from "@/components/ui/overlay";
import { counted } from "@/lib/format";
import { useChangeOrganization } from "./change-organization";
import type { Organization } from "./organization";

type Given = { organization: Organization; etag: string; readOnly: boolean };

const MOST_DAYS = 3_650;

export function OrganizationName({ organization, etag, readOnly }: Given) {
  const [name, setName] = useState(organization.name);
  const [slug, setSlug] = useState(organization.slug);
  const change = useChangeOrganization(etag, "Organization saved");
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ name: name.trim(), slug });
  };
  return (
    <form onSubmit={send} className="flex max-w-[400px] flex-col gap-3">
      <Field label="Name" error={errorOf(change.error, "name")}>
        {(ids) => (
          <Input
            {...ids}
            value={name}
            required
            maxLength={200}
            disabled={readOnly}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field
        label="Short name"
        hint="Lower-case letters, digits and dashes. It stands in exports and commands."
        error={errorOf(change.error, "slug")}
      >
        {(ids) => (
          <Input
            {...ids}
            value={slug}
            required
            maxLength={63}
            pattern="[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"
            title="Lower-case letters, digits and dashes, not at the ends"
            className="font-mono"
            disabled={readOnly}
            onChange={(event) => setSlug(event.target.value)}
          />
        )}
      </Field>
      {readOnly ? null : (
        <div>
          <Button
            type="submit"
            look="primary"
            busy={change.isPending}
            disabled={name.trim() === organization.name && slug === organization.slug}
          >
            Save
          </Button>
        </div>
      )}
    </form>
  );
}

export function Retention({ organization, etag, readOnly }: Given) {
  const now = organization.retention_days;
  const [days, setDays] = useState(String(now));
  const [asking, setAsking] = useState(false);
  const change = useChangeOrganization(etag, "Retention saved", () => setAsking(false));
  const wanted = Number(days);
  const good = /^\d+$/.test(days) && wanted >= 1 && wanted <= MOST_DAYS;
  const save = () => change.mutate({ retention_days: wanted });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (wanted < now) setAsking(true);
    else save();
  };
  return (
    <form onSubmit={send} className="flex max-w-[400px] flex-col gap-3">
      <Field
        label="Days"
        hint={`1 to ${MOST_DAYS.toLocaleString("en-US")}. Events older than this are deleted for good, in the warehouse too.`}
        error={
          errorOf(change.error, "retention_days") ??
          (good ? null : `Give a whole number of days from 1 to ${MOST_DAYS.toLocaleString("en-US")}.`)
        }
      >
        {(ids) => (
          <Input
            {...ids}
            value={days}
            inputMode="numeric"
            required
            disabled={readOnly}
            className="w-28"
            onChange={(event) => setDays(event.target.value.trim())}
          />
        )}
      </Field>
      {readOnly ? null : (
        <div>
          <Button type="submit" look="primary" busy={change.isPending} disabled={!good || wanted === now}>
            Save
          </Button>
        </div>
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Shorten retention"
        verb={`Keep ${counted(wanted, "day")}`}
        danger
        busy={change.isPending}
        onConfirm={save}
      >
        <p>
          Events older than {counted(wanted, "day")} are deleted for good, up to now they were kept for{" "}
          {counted(now, "day")}. Hunts and backtests do not find them any more. This cannot be undone: a longer
          retention later brings nothing back.
        </p>
      </Confirm>
    </form>
  );
}
