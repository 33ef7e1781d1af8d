"use client";

import { type FormEvent, useId, useState } from "react";

import type { Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Checkbox, Field, Input, Select, Textarea } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { words } from "@/lib/format";
import { SEVERITIES } from "@/lib/severity";
import { type Channel, type Event, type Kind, EVENTS, KINDS, errorUnder, newSecret } from "./notifications-words";

export type Values = {
  kind: Kind;
  name: string;
  url: string;
  secret: string;
  /** As typed. */
  recipients: string;
  least_severity: Channel["least_severity"];
  events: Event[];
  enabled: boolean;
};

export const NOTHING: Values = {
  kind: "webhook",
  name: "",
  url: "",
  secret: "",
  recipients: "",
  least_severity: "high",
  events: ["incident.created", "incident.severity_raised"],
  enabled: true,
};

const FIELDS = ["kind", "name", "url", "secret", "recipients", "least_severity", "events", "enabled"] as const;

/** Asks what a channel is made of, by its kind. */
export function ChannelDialog({
  title,
  description,
  first,
  kinds,
  kept,
  verb,
  error,
  busy,
  onSend,
  onCancel,
}: {
  title: string;
  description: string;
  first: Values;
  /** To choose from, where there is a choice. */
  kinds?: Schema<"KindSupport">[];
  /** What may be seen of the address that is kept. */
  kept?: string;
  verb: string;
  error: unknown;
  busy: boolean;
  onSend: (values: Values) => void;
  onCancel: () => void;
}) {
  const form = useId();
  const [values, setValues] = useState(first);
  const put = (change: Partial<Values>) => setValues((before) => ({ ...before, ...change }));
  const wrong = (name: (typeof FIELDS)[number]) => (error ? errorUnder(error, name) : null);
  const elsewhere = error && FIELDS.every((name) => wrong(name) === null) ? asProblem(error) : null;
  const { kind } = values;
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSend(values);
  };
  return (
    <Dialog
      open
      onOpenChange={onCancel}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onCancel}>Cancel</Button>
          <Button type="submit" form={form} look="primary" busy={busy} disabled={values.events.length === 0}>
            {verb}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send} className="flex flex-col gap-3 pb-2">
        {kinds ? (
          <fieldset className="flex flex-col gap-1">
            <legend className="mb-1 text-sm font-medium text-ink-2">Kind</legend>
            {KINDS.map((each) => (
              <KindChoice
                key={each.kind}
                {...each}
                problem={kinds.find((one) => one.kind === each.kind)?.problem ?? null}
                checked={kind === each.kind}
                onChoose={() => put({ kind: each.kind })}
              />
            ))}
            {wrong("kind") ? (
              <p role="alert" className="text-sm text-danger-ink">
                {wrong("kind")}
              </p>
            ) : null}
          </fieldset>
        ) : null}
        <Field label="Name" error={wrong("name")}>
          {(ids) => (
            <Input
              {...ids}
              required
              maxLength={200}
              value={values.name}
              placeholder="On call"
              onChange={(event) => put({ name: event.target.value })}
            />
          )}
        </Field>
        {kind === "email" ? (
          <Field label="Recipients" hint="One on a line, or with commas; at most 50." error={wrong("recipients")}>
            {(ids) => (
              <Textarea
                {...ids}
                required
                rows={3}
                className="font-mono text-sm"
                value={values.recipients}
                placeholder="oncall@example.com"
                onChange={(event) => put({ recipients: event.target.value })}
              />
            )}
          </Field>
        ) : (
          <Field
            label="Address"
            hint={
              kind === "slack"
                ? "Of an incoming webhook, as Slack gives it."
                : "https on the public internet, or in a network that whoever runs the platform allows (MINIXDR_NOTIFY_NETWORKS)."
            }
            error={wrong("url")}
          >
            {(ids) => (
              <Input
                {...ids}
                type="url"
                required={kept === undefined}
                maxLength={2000}
                autoComplete="off"
                className="font-mono text-sm"
                value={values.url}
                placeholder={
                  kept === undefined
                    ? kind === "slack"
                      ? "https://hooks.slack.com/services/…"
                      : "https://hooks.example.com/alerts"
                    : `Stays ${kept}`
                }
                onChange={(event) => put({ url: event.target.value })}
              />
            )}
          </Field>
        )}
        {kind === "webhook" ? (
          <Field
            label="Secret"
            hint={
              kept === undefined
                ? "Messages are signed with it. Left empty, one is made and shown to you once."
                : "Messages are signed with it. Copy a new one before you save: it is not shown again."
            }
            error={wrong("secret")}
          >
            {(ids) => (
              <div className="flex gap-2">
                <Input
                  {...ids}
                  maxLength={256}
                  autoComplete="off"
                  spellCheck={false}
                  className="min-w-0 flex-1 font-mono text-sm"
                  value={values.secret}
                  placeholder={kept === undefined ? "Made for you" : "Stays as it is"}
                  onChange={(event) => put({ secret: event.target.value })}
                />
                {kept === undefined ? null : (
                  <Button onClick={() => put({ secret: newSecret() })}>Make a new one</Button>
                )}
              </div>
            )}
          </Field>
        ) : null}
        <Field label="Least severity" hint="Of incidents of this severity or worse." error={wrong("least_severity")}>
          {(ids) => (
            <Select
              {...ids}
              value={values.least_severity}
              onChange={(event) => put({ least_severity: event.target.value as Values["least_severity"] })}
            >
              {SEVERITIES.map((each) => (
                <option key={each} value={each}>
                  {words(each)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <fieldset>
          <legend className="mb-1 text-sm font-medium text-ink-2">Events</legend>
          {EVENTS.map(({ event, name, about }) => (
            <Checkbox
              key={event}
              className="flex"
              checked={values.events.includes(event)}
              label={
                <>
                  {name}
                  {about ? <span className="text-sm text-ink-3"> – {about}</span> : null}
                </>
              }
              onChange={(change) =>
                put({
                  events: change.target.checked
                    ? [...values.events, event]
                    : values.events.filter((each) => each !== event),
                })
              }
            />
          ))}
          {values.events.length === 0 || wrong("events") ? (
            <p role="alert" className="text-sm text-danger-ink">
              {wrong("events") ?? "Choose at least one."}
            </p>
          ) : null}
        </fieldset>
        <Checkbox label="On" checked={values.enabled} onChange={(event) => put({ enabled: event.target.checked })} />
        {elsewhere ? (
          <p role="alert" className="text-danger-ink">
            {elsewhere.message}
            {elsewhere.requestId ? ` (request ${elsewhere.requestId})` : ""}
          </p>
        ) : null}
      </form>
    </Dialog>
  );
}

function KindChoice({
  kind,
  name,
  about,
  problem,
  checked,
  onChoose,
}: {
  kind: Kind;
  name: string;
  about: string;
  problem: string | null;
  checked: boolean;
  onChoose: () => void;
}) {
  return (
    <label className="flex items-start gap-2">
      <input
        type="radio"
        name="kind"
        value={kind}
        checked={checked}
        disabled={problem !== null}
        className="mt-1 size-3.5 shrink-0 accent-[var(--accent)]"
        onChange={onChoose}
      />
      <span>
        <span className={problem === null ? undefined : "text-ink-3"}>{name}</span>
        <span className="text-sm text-ink-3">
          {" – "}
          {problem === null ? about : `not supported here. ${problem}`}
        </span>
      </span>
    </label>
  );
}
