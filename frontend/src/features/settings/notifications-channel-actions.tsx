"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/data/states";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Confirm, Dialog } from "@/components/ui/overlay";
import type { Channel } from "./notifications-words";

/** Sends one message now, and shows what the other side said. */
export function TestChannel({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const test = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/notification-channels/{channel_id}/test", { params: { path: { channel_id: channel.id } } }),
      ),
  });
  const result = test.data;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Test ${channel.name}`}
      description={
        <>
          Sends one message that says it is a test to <span className="font-mono text-sm">{channel.shown}</span>
          {channel.enabled ? "." : ", although the channel is off."} It cannot be taken back.
        </>
      }
      footer={
        <>
          <Button onClick={onClose}>{test.isIdle ? "Cancel" : "Close"}</Button>
          <Button look="primary" busy={test.isPending} onClick={() => test.mutate()}>
            {test.isIdle || test.isPending ? "Send test message" : "Send again"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-2 pb-2" aria-live="polite">
        {test.isPending ? <p className="text-ink-2">Waiting for the answer: up to 20 seconds.</p> : null}
        {test.isError ? (
          <Notice tone="danger">The test could not be run: {asProblem(test.error).message}</Notice>
        ) : null}
        {result && !test.isPending ? (
          <>
            <Notice tone={result.delivered ? "good" : "danger"}>
              {result.delivered ? "Delivered." : `Not delivered: ${result.error ?? "no reason was given."}`}
              {result.status === null ? "" : ` The answer was ${result.status}.`}
            </Notice>
            {result.answer ? (
              <>
                <p className="text-sm font-medium text-ink-2">What the other side said</p>
                <pre className="max-h-48 overflow-auto rounded-md border border-line bg-sunken p-2.5 font-mono text-sm break-all whitespace-pre-wrap">
                  {result.answer}
                </pre>
              </>
            ) : result.status === null ? null : (
              <p className="text-sm text-ink-3">The other side said nothing more.</p>
            )}
          </>
        ) : null}
      </div>
    </Dialog>
  );
}

export function RemoveChannel({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const remove = useMutation({
    mutationFn: () =>
      data(api.DELETE("/api/v1/notification-channels/{channel_id}", { params: { path: { channel_id: channel.id } } })),
    onSuccess: () => {
      toast({ text: `${channel.name} is removed` });
      onClose();
      return Promise.all([
        client.invalidateQueries({ queryKey: ["notification-channels"] }),
        client.invalidateQueries({ queryKey: ["notification-deliveries"] }),
      ]);
    },
    onError: failed("The channel could not be removed"),
  });
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={`Remove ${channel.name}`}
      verb="Remove"
      danger
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      Nothing is sent to <span className="font-mono text-sm">{channel.shown}</span> any more, not even what is queued.
      Its deliveries, its address and its secret are deleted. This cannot be undone; to stop it for a while, switch it
      off instead.
    </Confirm>
  );
}
