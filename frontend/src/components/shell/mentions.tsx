"use client";

import { type UseQueryResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { AtSign } from "lucide-react";
import Link from "next/link";
import { useEffect, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { Failure, Skeleton } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { usePeople } from "@/components/data/person";
import { Button, IconButton } from "@/components/ui/button";
import { Popover } from "@/components/ui/overlay";
import { cn } from "@/lib/cn";
import { plainText } from "@/lib/mention-text";
import { useSession } from "./session";
import { useFailureToast, useToast } from "./toasts";

const SHOWN = 20;

/** Comments that name the person: how many are unread, and the newest of them. */
export function Mentions() {
  const me = useSession().user_id;
  const toast = useToast();
  const [open, setOpen] = useState(false);
  const mentions = useQuery({
    queryKey: ["mentions"],
    queryFn: () => data(api.GET("/api/v1/me/mentions", { params: { query: { limit: SHOWN } } })),
  });
  useEffect(() => {
    const told = (event: Event) => {
      const { topic, data: change } = (event as CustomEvent<{ topic: string; data: { user_id?: string } }>).detail;
      if (topic === "mention.created" && change.user_id === me) toast({ text: "You were mentioned in a comment" });
    };
    window.addEventListener("minixdr:change", told);
    return () => window.removeEventListener("minixdr:change", told);
  }, [me, toast]);
  const unread = mentions.data?.unread ?? 0;
  const label = mentions.isError
    ? "Mentions could not be loaded"
    : unread === 0
      ? "Mentions"
      : `Mentions, ${unread} unread`;
  return (
    <Popover
      label="Mentions"
      align="end"
      open={open}
      onOpenChange={setOpen}
      className="w-[min(400px,calc(100vw-16px))]"
      trigger={
        <IconButton label={label} className="relative">
          <AtSign size={15} aria-hidden className={cn(mentions.isError && "text-danger-ink")} />
          {unread > 0 ? (
            <span
              aria-hidden
              className="absolute -top-0.5 -right-0.5 flex h-3.5 min-w-3.5 items-center justify-center rounded-full bg-accent px-0.5 text-[10px] leading-none font-semibold text-on-accent"
            >
              {unread > 99 ? "99+" : unread}
            </span>
          ) : null}
        </IconButton>
      }
    >
      <Inbox query={mentions} close={() => setOpen(false)} />
    </Popover>
  );
}

function Inbox({ query, close }: { query: UseQueryResult<Schema<"MentionPage">>; close: () => void }) {
  const client = useQueryClient();
  const failed = useFailureToast();
  const { byId } = usePeople();
  const name = (id: string) => byId.get(id)?.name || byId.get(id)?.email || "former member";
  const mark = useMutation({
    mutationFn: (commentIds: string[] | null) =>
      data(api.POST("/api/v1/me/mentions/read", { body: { comment_ids: commentIds } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["mentions"] }),
    onError: failed("The mentions were not marked as read"),
  });
  if (query.data === undefined)
    return query.isError ? (
      <Failure error={query.error} what="The mentions" onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton className="p-4" />
    );
  const { items, unread, next_cursor } = query.data;
  return (
    <div className="flex max-h-[70vh] flex-col">
      <div className="flex items-center gap-2 border-b border-line px-3 py-2">
        <h2 className="font-semibold">Mentions</h2>
        {unread > 0 ? (
          <Button small look="quiet" className="ml-auto" busy={mark.isPending} onClick={() => mark.mutate(null)}>
            Mark all as read
          </Button>
        ) : null}
      </div>
      {items.length === 0 ? (
        <p className="px-3 py-6 text-center text-ink-2">Nobody mentioned you yet.</p>
      ) : (
        <ul className="min-h-0 overflow-y-auto">
          {items.map((each) => (
            <li key={each.comment_id} className="border-b border-line last:border-0">
              <Link
                href={`/incidents/${each.incident_id}?tab=discussion`}
                prefetch={false}
                onClick={() => {
                  if (each.read_at === null) mark.mutate([each.comment_id]);
                  close();
                }}
                className="flex gap-2 px-3 py-2 hover:bg-hover"
              >
                <span
                  className={cn("mt-1.5 size-2 shrink-0 rounded-full", each.read_at === null && "bg-accent")}
                  role="img"
                  aria-label={each.read_at === null ? "Unread" : "Read"}
                />
                <span className="min-w-0 flex-1">
                  <span className="flex items-baseline gap-2 text-sm text-ink-3">
                    <span className="min-w-0 flex-1 truncate">
                      {each.author.startsWith("user:") ? name(each.author.slice(5)) : "A token"} in #{each.number}
                    </span>
                    <Time value={each.created_at} relative />
                  </span>
                  <span className="line-clamp-3 break-words">{plainText(each.text, name)}</span>
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {next_cursor !== null ? (
        <p className="border-t border-line px-3 py-1.5 text-sm text-ink-3">The newest {SHOWN} are shown.</p>
      ) : null}
    </div>
  );
}
