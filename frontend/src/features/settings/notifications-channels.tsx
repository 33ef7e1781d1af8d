"use client";

import { useState } from "react";

import type { Schema } from "@/api/client";
import { Empty } from "@/components/data/states";
import { PageBody } from "@/components/shell/page";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/overlay";
import { EditChannel } from "./notifications-channel-form";
import { RemoveChannel, TestChannel } from "./notifications-channel-actions";
import { ChannelRow } from "./notifications-channel-row";
import { SignatureHelp } from "./notifications-signature-help";
import type { Channel } from "./notifications-words";

export type Asked = { channel: Channel; what: "test" | "edit" | "remove" | "signature" };

/** All channels, by name: there are at most fifty. */
export function Channels({ list, admin, onAdd }: { list: Schema<"Channels">; admin: boolean; onAdd: () => void }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const problem = (channel: Channel) => list.kinds.find((each) => each.kind === channel.kind)?.problem ?? null;
  return (
    <PageBody label="Settings: channels">
      {list.items.length === 0 ? (
        <Empty title="No channel yet" action={admin ? <Button onClick={onAdd}>Add channel</Button> : undefined}>
          A channel tells a webhook, Slack or people by e-mail of new incidents, and of what becomes of them.
          {admin ? null : " Somebody with the role admin or owner adds one."}
        </Empty>
      ) : (
        <ul aria-label="Notification channels" className="divide-y divide-line border-b border-line">
          {list.items.map((channel) => (
            <ChannelRow key={channel.id} channel={channel} problem={problem(channel)} admin={admin} onAsk={setAsked} />
          ))}
        </ul>
      )}
      {asked?.what === "test" ? <TestChannel channel={asked.channel} onClose={close} /> : null}
      {asked?.what === "edit" ? <EditChannel id={asked.channel.id} name={asked.channel.name} onClose={close} /> : null}
      {asked?.what === "remove" ? <RemoveChannel channel={asked.channel} onClose={close} /> : null}
      {asked?.what === "signature" ? (
        <Dialog
          open
          wide
          onOpenChange={close}
          title={`How messages of ${asked.channel.name} are verified`}
          footer={<Button onClick={close}>Close</Button>}
        >
          <div className="pb-2 text-ink-2">
            <SignatureHelp />
          </div>
        </Dialog>
      ) : null}
    </PageBody>
  );
}
