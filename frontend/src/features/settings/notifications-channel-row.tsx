"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, Mail, MessageSquare, Webhook } from "lucide-react";
import Link from "next/link";

import { api, data, tagged } from "@/api/client";
import { SeverityMark } from "@/components/data/severity";
import { Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button, IconButton } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/form";
import { Menu } from "@/components/ui/overlay";
import { cn } from "@/lib/cn";
import { words } from "@/lib/format";
import type { Asked } from "./notifications-channels";
import { DeliveryMark } from "./notifications-delivery";
import { type Channel, EVENTS, kindName } from "./notifications-words";

const ICONS = { webhook: Webhook, slack: MessageSquare, email: Mail };
const LAST = 5;

/** What a channel is, of what it wants to hear, what became of the last messages, and what can be done with it. */
export function ChannelRow({
  channel,
  problem,
  admin,
  onAsk,
}: {
  channel: Channel;
  /** Why channels of its kind cannot be used. */
  problem: string | null;
  admin: boolean;
  onAsk: (asked: Asked) => void;
}) {
  const Icon = ICONS[channel.kind];
  const ask = (what: Asked["what"]) => () => onAsk({ channel, what });
  return (
    <li className="grid items-start gap-x-6 gap-y-2 px-4 py-3 lg:grid-cols-[minmax(220px,1.1fr)_minmax(220px,1.3fr)_minmax(150px,0.7fr)_auto]">
      <div className="flex min-w-0 gap-2.5">
        <Icon size={16} className="mt-0.5 shrink-0 text-ink-3" aria-hidden />
        <div className="min-w-0">
          <h3 className={cn("truncate font-medium", !channel.enabled && "text-ink-2")} title={channel.name}>
            {channel.name}
          </h3>
          <p className="text-sm break-words text-ink-2">
            {kindName(channel.kind)} to <span className="font-mono">{channel.shown}</span>
          </p>
        </div>
      </div>
      <div className="min-w-0 text-sm">
        <p className="flex items-center gap-1.5">
          <SeverityMark severity={channel.least_severity} />
          {channel.least_severity === "informational"
            ? "Any severity"
            : channel.least_severity === "critical"
              ? "Critical only"
              : `${words(channel.least_severity)} or worse`}
        </p>
        <p className="text-ink-2">
          {EVENTS.filter((each) => channel.events.includes(each.event))
            .map((each) => each.name)
            .join(", ")}
        </p>
      </div>
      <LastDeliveries channel={channel} />
      <div className="flex items-center gap-2 lg:justify-end">
        {admin ? (
          <>
            <Switch channel={channel} />
            <Button small onClick={ask("test")} aria-label={`Test ${channel.name}`}>
              Test
            </Button>
            <Button small onClick={ask("edit")} aria-label={`Edit ${channel.name}`}>
              Edit
            </Button>
            <Menu
              align="end"
              items={[
                ...(channel.kind === "webhook"
                  ? [{ label: "How to verify the signature", onSelect: ask("signature") }, "separator" as const]
                  : []),
                { label: "Remove", danger: true, onSelect: ask("remove") },
              ]}
            >
              <IconButton small label={`More for ${channel.name}`}>
                <Ellipsis size={15} aria-hidden />
              </IconButton>
            </Menu>
          </>
        ) : (
          <span className={cn("text-sm", channel.enabled ? "text-ink-2" : "text-ink-3")}>
            {channel.enabled ? "On" : "Off"}
          </span>
        )}
      </div>
      {problem ? <Notice className="text-sm lg:col-span-4">Not supported now: {problem}</Notice> : null}
    </li>
  );
}

function Switch({ channel }: { channel: Channel }) {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const change = useMutation({
    mutationFn: async (enabled: boolean) => {
      const params = { path: { channel_id: channel.id } };
      const { etag } = await tagged(api.GET("/api/v1/notification-channels/{channel_id}", { params }));
      return data(
        api.PATCH("/api/v1/notification-channels/{channel_id}", {
          params: { ...params, header: { "If-Match": etag } },
          body: { enabled },
        }),
      );
    },
    onSuccess: (now) => {
      toast({
        text: now.enabled ? `${now.name} is on` : `${now.name} is off: it is told of nothing, what is queued will fail`,
        undo: () => change.mutate(!now.enabled),
      });
      return client.invalidateQueries({ queryKey: ["notification-channels"] });
    },
    onError: failed(`${channel.name} could not be changed`),
  });
  return (
    <Checkbox
      className="mr-1 text-sm"
      label="On"
      aria-label={`On: ${channel.name}`}
      checked={change.isPending ? change.variables : channel.enabled}
      disabled={change.isPending}
      onChange={(event) => change.mutate(event.target.checked)}
    />
  );
}

/** The newest few, the newest last; a link to all of them. */
function LastDeliveries({ channel }: { channel: Channel }) {
  const query = useQuery({
    queryKey: ["notification-deliveries", { channel_id: channel.id, last: LAST }],
    queryFn: () =>
      data(api.GET("/api/v1/notification-deliveries", { params: { query: { channel_id: channel.id, limit: LAST } } })),
  });
  const newest = query.data?.items[0];
  if (query.data === undefined)
    return query.isError ? (
      <p className="text-sm text-danger-ink">The deliveries could not be loaded</p>
    ) : (
      <div className="skeleton h-4 w-28" role="status" aria-label="Loading the last deliveries" />
    );
  if (newest === undefined) return <p className="text-sm text-ink-3">Nothing sent in the last 30 days</p>;
  return (
    <Link
      href={`/settings/notifications?view=deliveries&channel=${channel.id}`}
      aria-label={`Deliveries of ${channel.name}, the last ${newest.state}`}
      className="-my-0.5 inline-flex min-h-6 items-center gap-2 justify-self-start text-sm text-ink-2 hover:text-ink hover:underline"
    >
      <span className="flex gap-0.5">
        {query.data.items.toReversed().map((each) => (
          <DeliveryMark key={each.id} state={each.state} again={each.error !== null} />
        ))}
      </span>
      <Time value={newest.finished_at ?? newest.created_at} relative />
    </Link>
  );
}
