"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api, data, tagged } from "@/api/client";
import { Failure, Skeleton } from "@/components/data/states";
import { useToast } from "@/components/shell/toasts";
import { Dialog } from "@/components/ui/overlay";
import { type Values, ChannelDialog, NOTHING } from "./notifications-channel-dialog";
import { SignatureHelp } from "./notifications-signature-help";
import { type Channel, recipientsOf } from "./notifications-words";
import { ShownOnce } from "./shown-once";

/** From a kind to a channel; the secret of a webhook is shown once. */
export function AddChannel({ kinds, onClose }: { kinds: Schema<"KindSupport">[]; onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null);
  const add = useMutation({
    mutationFn: (values: Values) => data(api.POST("/api/v1/notification-channels", { body: bodyOf(values) })),
    onSuccess: (channel) => {
      void client.invalidateQueries({ queryKey: ["notification-channels"] });
      if (channel.secret !== null) return setMade({ name: channel.name, secret: channel.secret });
      toast({ text: `${channel.name} is added` });
      onClose();
    },
  });
  if (made)
    return (
      <ShownOnce open title={`Secret of ${made.name}`} text={made.secret} onClose={onClose}>
        <p className="mb-3">Messages are signed with it, so that the receiver knows they are from here.</p>
        <SignatureHelp />
      </ShownOnce>
    );
  return (
    <ChannelDialog
      title="Add channel"
      description="Where messages go, and of what. Addresses and secrets are encrypted and never shown again."
      first={NOTHING}
      kinds={kinds}
      verb="Add channel"
      error={add.error}
      busy={add.isPending}
      onSend={(values) => add.mutate(values)}
      onCancel={onClose}
    />
  );
}

/** Changes a channel as it was when the dialog opened; where somebody else changed it since, the api refuses. */
export function EditChannel({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const query = useQuery({
    queryKey: ["notification-channel", id],
    queryFn: () =>
      tagged(api.GET("/api/v1/notification-channels/{channel_id}", { params: { path: { channel_id: id } } })),
    // What is being changed stays as it was read.
    staleTime: Infinity,
    gcTime: 0,
  });
  if (query.data) return <Edit channel={query.data.value} etag={query.data.etag} onClose={onClose} />;
  return (
    <Dialog open onOpenChange={onClose} title={`Edit ${name}`}>
      {query.isError ? (
        <Failure error={query.error} what="The channel" onRetry={() => void query.refetch()} />
      ) : (
        <Skeleton lines={6} className="pb-4" />
      )}
    </Dialog>
  );
}

function Edit({ channel, etag, onClose }: { channel: Channel; etag: string; onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const first = valuesOf(channel);
  const change = useMutation({
    mutationFn: (values: Values) =>
      data(
        api.PATCH("/api/v1/notification-channels/{channel_id}", {
          params: { path: { channel_id: channel.id }, header: { "If-Match": etag } },
          body: changesOf(first, values),
        }),
      ),
    onSuccess: (now, values) => {
      toast({
        text:
          values.secret === ""
            ? `${now.name} is saved`
            : `${now.name} is saved. Messages are signed with the new secret from now on.`,
      });
      onClose();
      return client.invalidateQueries({ queryKey: ["notification-channels"] });
    },
  });
  return (
    <ChannelDialog
      title={`Edit ${channel.name}`}
      description={
        channel.kind === "email"
          ? "The kind of a channel stays."
          : "What is left empty of address and secret stays as it is. The kind of a channel stays too."
      }
      first={first}
      kept={channel.shown}
      verb="Save"
      error={change.error}
      busy={change.isPending}
      onSend={(values) => change.mutate(values)}
      onCancel={onClose}
    />
  );
}

function valuesOf(channel: Channel): Values {
  return {
    kind: channel.kind,
    name: channel.name,
    url: "",
    secret: "",
    recipients: channel.recipients.join("\n"),
    least_severity: channel.least_severity,
    events: channel.events,
    enabled: channel.enabled,
  };
}

/** Only what belongs to the kind is sent: the api refuses the rest. */
function bodyOf(values: Values): Schema<"GivenChannel"> {
  const { kind, url, secret, recipients, ...rest } = values;
  return {
    ...rest,
    kind,
    ...(kind === "email" ? { recipients: recipientsOf(recipients) } : { url: url.trim() }),
    ...(kind === "webhook" && secret !== "" ? { secret } : {}),
  };
}

function changesOf(first: Values, now: Values): Schema<"ChangedChannel"> {
  const sorted = (events: Values["events"]) => [...events].sort().join();
  return {
    ...(now.name.trim() === first.name ? {} : { name: now.name }),
    ...(now.url.trim() === "" ? {} : { url: now.url.trim() }),
    ...(now.secret === "" ? {} : { secret: now.secret }),
    ...(recipientsOf(now.recipients).join() === recipientsOf(first.recipients).join()
      ? {}
      : { recipients: recipientsOf(now.recipients) }),
    ...(now.least_severity === first.least_severity ? {} : { least_severity: now.least_severity }),
    ...(sorted(now.events) === sorted(first.events) ? {} : { events: now.events }),
    ...(now.enabled === first.enabled ? {} : { enabled: now.enabled }),
  };
}
