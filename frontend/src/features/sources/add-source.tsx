"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { type FormEvent, type ReactNode, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Empty, Loaded, Notice } from "@/components/data/states";
import { PageBody, PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button, buttonClass } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/form";
import { Confirm } from "@/components/ui/overlay";
import { CopyButton } from "@/features/settings/shown-once";
import { useAddress } from "@/lib/address";
import { cn } from "@/lib/cn";
import { Arrival } from "./arrival";
import { CodeBlock } from "./code-block";
import { type Addresses, CLIENTS, type Client, clientOf } from "./clients";

type Made = Schema<"TokenWithText">;

/** From a client to its first event: choose it, make a token, copy the set-up, see it arrive. */
export function AddSource() {
  const may = useMay("admin");
  const { get, href, push } = useAddress();
  const client = clientOf(get("client"));
  // The text of a token is told once: it lives as long as this page is open.
  const [made, setMade] = useState<{ client: string; token: Made } | null>(null);
  const token = made !== null && made.client === client?.id ? made.token : null;
  const addresses = useQuery({
    queryKey: ["ingest-addresses"],
    queryFn: () => data(api.GET("/api/v1/ingest-addresses")),
  });
  return (
    <>
      <PageHead
        title="Add a source"
        actions={
          <Link href="/sources" className={buttonClass()}>
            Back to sources
          </Link>
        }
      />
      <PageBody label="Add a source">
        {!may ? (
          <Empty title="Sources are added by admins">
            A source needs an ingest token, which somebody with the role admin or owner makes.
          </Empty>
        ) : (
          <div className="grid gap-x-8 lg:grid-cols-[300px_minmax(0,1fr)]">
            <nav
              aria-label="Clients"
              className={cn("border-line px-4 py-3 lg:border-r", client !== undefined && "max-lg:hidden")}
            >
              <h2 className="mb-2 font-semibold">What sends the logs</h2>
              <ul className="flex flex-col gap-px">
                {CLIENTS.map((each) => (
                  <li key={each.id}>
                    <ClientLink
                      href={href({ client: each.id })}
                      active={each.id === client?.id}
                      name={each.name}
                      what={each.what}
                    />
                  </li>
                ))}
                <li>
                  <ClientLink
                    href="/sources/buckets?new=1"
                    active={false}
                    name="Amazon S3"
                    what="CloudTrail, flow logs and others from a bucket"
                  />
                </li>
              </ul>
            </nav>
            <div className="min-w-0 px-4 py-3 lg:pl-0">
              {client === undefined ? (
                <Empty title="Choose what sends the logs">
                  Then make a token for it, copy its set-up with the real address in it, and see the first event arrive.
                </Empty>
              ) : (
                <Loaded query={addresses} what="The addresses">
                  {(known) => (
                    <div className="flex max-w-[880px] flex-col gap-5">
                      <Link href={href({ client: null })} className="text-accent-ink hover:underline lg:hidden">
                        Choose another client
                      </Link>
                      {known.only_this_machine ? (
                        <Notice tone="neutral">
                          The address is {known.url}, which only this machine reaches. For others let the api listen
                          elsewhere (MINIXDR_HOST), or say where a proxy stands (MINIXDR_INGEST_URL).
                        </Notice>
                      ) : null}
                      <Step place={1} title="Make a token">
                        {token ? (
                          <TokenMade token={token} onGone={() => setMade(null)} />
                        ) : (
                          <TokenForm
                            key={client.id}
                            client={client}
                            onMade={(text) => setMade({ client: client.id, token: text })}
                          />
                        )}
                      </Step>
                      <Step place={2} title={`Set up ${client.name}`}>
                        <SetUp client={client} addresses={known} token={token?.token ?? null} />
                      </Step>
                      <Step place={3} title="See it arrive">
                        {token ? (
                          <Arrival key={token.id} tokenId={token.id} />
                        ) : (
                          <p className="text-ink-3">Make the token first.</p>
                        )}
                      </Step>
                      {token ? (
                        <Button className="self-start" onClick={() => push({ client: null })}>
                          Add another source
                        </Button>
                      ) : null}
                    </div>
                  )}
                </Loaded>
              )}
            </div>
          </div>
        )}
      </PageBody>
    </>
  );
}

function ClientLink({ href, active, name, what }: { href: string; active: boolean; name: string; what: string }) {
  return (
    <Link
      href={href}
      scroll={false}
      aria-current={active ? "true" : undefined}
      className={cn("flex flex-col rounded-md px-2 py-1", active ? "bg-selected" : "hover:bg-hover")}
    >
      <span className="font-medium">{name}</span>
      <span className="text-sm text-ink-3">{what}</span>
    </Link>
  );
}

function Step({ place, title, children }: { place: number; title: string; children: ReactNode }) {
  return (
    <section className="grid grid-cols-[24px_minmax(0,1fr)] gap-x-3">
      <span
        aria-hidden
        className="flex size-6 items-center justify-center rounded-full bg-hover text-sm font-semibold text-ink-2"
      >
        {place}
      </span>
      <div className="min-w-0">
        <h2 className="mb-2 leading-6 font-semibold">{title}</h2>
        {children}
      </div>
    </section>
  );
}

const ENDS = [
  ["", "Never"],
  ["30", "In 30 days"],
  ["90", "In 90 days"],
  ["365", "In a year"],
] as const;

function TokenForm({ client, onMade }: { client: Client; onMade: (token: Made) => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState(client.name);
  const [source, setSource] = useState("");
  const [days, setDays] = useState("");
  const make = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/tokens", {
          body: {
            name: name.trim(),
            kind: "ingest",
            scopes: [client.door],
            hec_ack: client.ack ?? false,
            source: source.trim() === "" ? null : source.trim(),
            expires_at: days === "" ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString(),
          },
        }),
      ),
    onSuccess: (token) => {
      void queries.invalidateQueries({ queryKey: ["tokens"] });
      onMade(token);
    },
  });
  const problem = make.isError ? asProblem(make.error) : null;
  const wrong = (field: string) => problem?.errors.find((each) => each.pointer.endsWith(`/${field}`))?.detail;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <div className="grid gap-3 sm:grid-cols-3">
        <Field label="Name" error={wrong("name")} hint="What it is for: which machines">
          {(ids) => (
            <Input {...ids} required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label="Log source (optional)" error={wrong("source")} hint="Left empty, it is recognised by content">
          {(ids) => (
            <Input
              {...ids}
              placeholder="aws_cloudtrail"
              value={source}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => setSource(event.target.value)}
            />
          )}
        </Field>
        <Field label="Expires" hint="A client whose token ends is refused">
          {(ids) => (
            <Select {...ids} value={days} onChange={(event) => setDays(event.target.value)}>
              {ENDS.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      {problem && !wrong("name") && !wrong("source") ? (
        <Notice tone="danger">
          The token was not made: {problem.message}
          {problem.requestId ? ` (request ${problem.requestId})` : ""}
        </Notice>
      ) : null}
      <div className="flex items-center gap-3">
        <Button type="submit" look="primary" busy={make.isPending}>
          Make a token
        </Button>
        <span className="text-sm text-ink-3">
          It opens the door {client.door} alone{client.ack ? ", with acknowledgement" : ""}.
        </span>
      </div>
    </form>
  );
}

function TokenMade({ token, onGone }: { token: Made; onGone: () => void }) {
  const [asking, setAsking] = useState(false);
  const toast = useToast();
  const failed = useFailureToast();
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: token.id } } })),
    onSuccess: () => {
      toast({ text: "Revoked: the doors refuse it within seconds" });
      onGone();
    },
    onError: failed("The token was not revoked"),
    onSettled: () => {
      setAsking(false);
      void queries.invalidateQueries({ queryKey: ["tokens"] });
    },
  });
  return (
    <div className="flex flex-col gap-2">
      <p className="text-ink-2">
        The text of {token.name} is shown this one time and kept nowhere. The set-up below has it in its places.
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <code
          aria-label="Token"
          className="rounded-md border border-line bg-sunken px-2 py-1 font-mono text-sm break-all select-all"
        >
          {token.token}
        </code>
        <CopyButton text={token.token} />
        <Button look="danger" onClick={() => setAsking(true)}>
          Revoke
        </Button>
      </div>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Revoke ${token.name}?`}
        verb="Revoke"
        danger
        busy={revoke.isPending}
        onConfirm={() => revoke.mutate()}
      >
        Clients that send with it are refused within seconds, for good. What they sent stays.
      </Confirm>
    </div>
  );
}

/** The steps of a client, with the real address; the token's place is named until it is made. */
function SetUp({ client, addresses, token }: { client: Client; addresses: Addresses; token: string | null }) {
  const steps = client.steps(addresses, token ?? "YOUR_TOKEN");
  return (
    <div className="flex flex-col gap-4">
      {token === null ? (
        <p className="text-ink-2">YOUR_TOKEN stands where the token goes; once it is made it stands there itself.</p>
      ) : null}
      {!client.tested ? (
        <p className="text-ink-2">Written by the documentation of {client.name}; not tested with this platform.</p>
      ) : null}
      {steps.map((step) => (
        <div key={step.title}>
          <h3 className="mb-1">
            {step.title}
            {step.file ? <span className="ml-2 font-mono text-sm text-ink-3">{step.file}</span> : null}
          </h3>
          {step.code ? <CodeBlock label={step.title} text={step.code} /> : null}
          {step.note ? <p className="mt-1 max-w-[80ch] text-sm text-ink-2">{step.note}</p> : null}
        </div>
      ))}
    </div>
  );
}
