"use client";

import type { ReactNode } from "react";

import { RawEvent } from "@/components/data/raw-event";
import { Time } from "@/components/data/time";
import { TextLink } from "./text-link";
import { Actor, Target } from "./audit-actor";
import type { Entry } from "./audit";
import type { Token } from "./token-state";
import { useAddress } from "@/lib/address";

/** One entry whole, with ways to all of the same. */
export function AuditDetail({ entry, tokens }: { entry: Entry; tokens: Token[] | undefined }) {
  const address = useAddress();
  return (
    <div className="flex flex-col gap-4 p-4">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
        <Row name="Time">
          <Time value={entry.at} parts="milli" />
        </Row>
        <Row name="Who">
          <Actor actor={entry.actor} tokens={tokens} />
          <TextLink href={address.href({ actor: entry.actor, open: null })}>All by the same</TextLink>
        </Row>
        <Row name="Action">
          <code className="font-mono text-sm">{entry.action}</code>
          <TextLink href={address.href({ action: entry.action, open: null })}>All of this action</TextLink>
        </Row>
        <Row name="To">
          <Target entry={entry} tokens={tokens} />
          <TextLink href={address.href({ target: entry.target, open: null })}>All to the same</TextLink>
        </Row>
        <Row name="From">
          {entry.address === null ? "Not by a request" : <code className="font-mono text-sm">{entry.address}</code>}
        </Row>
        <Row name="Entry">{entry.seq}</Row>
        <Row name="Hash">
          <code className="font-mono text-sm break-all">{entry.hash}</code>
        </Row>
      </dl>
      <div>
        <h3 className="mb-1 font-semibold">Details</h3>
        {Object.keys(entry.details).length === 0 ? (
          <p className="text-ink-2">None.</p>
        ) : (
          <RawEvent raw={JSON.stringify(entry.details)} />
        )}
      </div>
    </div>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-2">{name}</dt>
      <dd className="flex min-w-0 flex-wrap items-center gap-x-3">{children}</dd>
    </>
  );
}
