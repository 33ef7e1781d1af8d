"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/data/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { CodeBlock } from "./code-block";
import { bucketPolicy } from "./bucket-policy";

type Written = {
  bucket: string;
  prefix: string;
  region: string;
  queue_url: string;
  role_arn: string;
  source: string;
  since: string;
};
const NOTHING: Written = { bucket: "", prefix: "", region: "", queue_url: "", role_arn: "", source: "", since: "" };

const FIELDS: { name: keyof Written; label: string; hint: string; placeholder: string; wide?: boolean }[] = [
  { name: "bucket", label: "Bucket", hint: "Its name", placeholder: "example-cloudtrail" },
  { name: "prefix", label: "Prefix (optional)", hint: "Only keys that begin so", placeholder: "AWSLogs/" },
  { name: "region", label: "Region (optional)", hint: "Of bucket and queue", placeholder: "eu-central-1" },
  {
    name: "source",
    label: "Log source (optional)",
    hint: "Left empty, it is recognised by content",
    placeholder: "aws_cloudtrail",
  },
  {
    name: "queue_url",
    label: "SQS queue (optional)",
    hint: "That the bucket's notifications go to. Without one the bucket is listed once a minute",
    placeholder: "https://sqs.eu-central-1.amazonaws.com/111122223333/logs",
    wide: true,
  },
  {
    name: "role_arn",
    label: "Role (optional)",
    hint: "That the workers assume. Without one their own identity reads, which all organizations of this installation share",
    placeholder: "arn:aws:iam::111122223333:role/minixdr",
    wide: true,
  },
];

/** Asks for a bucket, and shows the rights that reading it needs. */
export function NewBucket({
  externalId,
  onClose,
  onMade,
}: {
  externalId: string | null;
  onClose: () => void;
  onMade: (id: string) => void;
}) {
  const queries = useQueryClient();
  const [given, setGiven] = useState<Written>(NOTHING);
  const or = (text: string) => (text.trim() === "" ? null : text.trim());
  const make = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/collector-inputs", {
          body: {
            bucket: given.bucket.trim(),
            prefix: given.prefix,
            enabled: true,
            region: or(given.region),
            queue_url: or(given.queue_url),
            role_arn: or(given.role_arn),
            source: or(given.source),
            since: given.since === "" ? null : new Date(given.since).toISOString(),
          },
        }),
      ),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["collector-inputs"] });
      onMade(made.id);
    },
  });
  const problem = make.isError ? asProblem(make.error) : null;
  const wrong = (name: string) => problem?.errors.find((each) => each.pointer.endsWith(`/${name}`))?.detail;
  const named = problem?.errors.some((each) => FIELDS.some((field) => each.pointer.endsWith(`/${field.name}`)));
  const set = (name: keyof Written, value: string) => setGiven((before) => ({ ...before, [name]: value }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      wide
      title="Collect from a bucket"
      description="Each object is collected once. Gzip, zstd and others are opened, the format is recognised; Parquet is not supported."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="new-bucket" look="primary" busy={make.isPending}>
            Collect from it
          </Button>
        </>
      }
    >
      <form id="new-bucket" onSubmit={submit} className="flex flex-col gap-3 pb-3">
        <div className="grid gap-3 sm:grid-cols-2">
          {FIELDS.map((field) => (
            <Field
              key={field.name}
              label={field.label}
              hint={field.hint}
              error={wrong(field.name)}
              {...(field.wide ? { className: "sm:col-span-2" } : {})}
            >
              {(ids) => (
                <Input
                  {...ids}
                  required={field.name === "bucket"}
                  autoFocus={field.name === "bucket"}
                  placeholder={field.placeholder}
                  value={given[field.name]}
                  spellCheck={false}
                  autoComplete="off"
                  className="font-mono"
                  onChange={(event) => set(field.name, event.target.value)}
                />
              )}
            </Field>
          ))}
          <Field
            label="Collect what was written since (optional)"
            hint="Left empty, only what comes from now on"
            error={wrong("since")}
          >
            {(ids) => (
              <Input
                {...ids}
                type="datetime-local"
                value={given.since}
                onChange={(event) => set("since", event.target.value)}
              />
            )}
          </Field>
        </div>
        {problem && !named ? (
          <Notice tone="danger">
            The bucket was not added: {problem.message}
            {problem.requestId ? ` (request ${problem.requestId})` : ""}
          </Notice>
        ) : null}
        {given.bucket.trim() !== "" ? (
          <div className="flex flex-col gap-2">
            <h3 className="font-semibold">Rights that reading it needs</h3>
            <CodeBlock label="Policy of the role" text={bucketPolicy(given.bucket.trim(), or(given.queue_url))} />
            <p className="text-sm text-ink-2">
              Add kms:Decrypt where the bucket is encrypted with a key of yours, s3:GetObjectVersion where it keeps
              versions.
            </p>
            {externalId && or(given.role_arn) ? (
              <p className="text-sm text-ink-2">
                The role&apos;s trust policy asks for this sts:ExternalId, which is your organization&apos;s alone:{" "}
                <code className="font-mono select-all">{externalId}</code>
              </p>
            ) : null}
          </div>
        ) : null}
      </form>
    </Dialog>
  );
}
