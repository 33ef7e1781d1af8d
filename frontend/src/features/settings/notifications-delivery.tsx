"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX, Clock } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";

import { api, data } from "@/api/client";
import { RawEvent } from "@/components/data/raw-event";
import { Time } from "@/components/data/time";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { words } from "@/lib/format";
import { type Delivery, type DeliveryState, incidentText } from "./notifications-words";

/** A state by shape first. What is queued after an attempt that failed is told apart. */
export function DeliveryMark({ state, again }: { state: DeliveryState; again?: boolean }) {
  const Icon = state === "delivered" ? CircleCheck : state === "failed" ? CircleX : Clock;
  const ink =
    state === "delivered"
      ? "text-good-ink"
      : state === "failed"
        ? "text-danger-ink"
        : again
          ? "text-warn-ink"
          : "text-ink-3";
  return (
    <Icon
      size={14}
      className={`shrink-0 ${ink}`}
      role="img"
      aria-label={state === "queued" && again ? "Queued again" : words(state)}
    />
  );
}

export function Retry({ delivery }: { delivery: Delivery }) {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const retry = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/notification-deliveries/{delivery_id}/retry", {
          params: { path: { delivery_id: delivery.id } },
        }),
      ),
    onSuccess: () => {
      toast({ text: "Queued again: it is tried for another day, under the same id" });
      return client.invalidateQueries({ queryKey: ["notification-deliveries"] });
    },
    onError: failed("The message could not be queued"),
  });
  return (
    <Button small busy={retry.isPending} onClick={() => retry.mutate()}>
      Retry
    </Button>
  );
}

/** One message: what was sent, and what became of it. */
export function DeliveryDetail({ delivery, channel }: { delivery: Delivery; channel: string | null }) {
  const incident = incidentText(delivery);
  return (
    <div className="flex flex-col gap-4 p-4">
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1.5">
        <Line name="State">
          <span className="inline-flex items-center gap-1.5">
            <DeliveryMark state={delivery.state} again={delivery.error !== null} />
            {words(delivery.state)}
          </span>
        </Line>
        <Line name="Channel">{channel ?? "Unknown"}</Line>
        <Line name="Incident">
          {incident !== null && delivery.incident_id !== null ? (
            <Link href={`/incidents/${delivery.incident_id}`} className="text-accent-ink hover:underline">
              {incident}
            </Link>
          ) : (
            "None"
          )}
        </Line>
        <Line name="Queued at">
          <Time value={delivery.created_at} />
        </Line>
        {delivery.finished_at ? (
          <Line name={delivery.state === "delivered" ? "Delivered at" : "Given up at"}>
            <Time value={delivery.finished_at} />
          </Line>
        ) : (
          <Line name="Next try">
            <Time value={delivery.next_at} />
          </Line>
        )}
        <Line name="Attempts">{delivery.attempts}</Line>
        {delivery.status === null ? null : <Line name="Status">{delivery.status}</Line>}
        {delivery.error ? (
          <Line name="Error">
            <span className="break-words text-danger-ink">{delivery.error}</span>
          </Line>
        ) : null}
        <Line name="Id">
          <code className="font-mono text-sm break-all">{delivery.id}</code>
        </Line>
      </dl>
      {delivery.answer ? (
        <section>
          <h3 className="mb-1 font-medium">What the other side said</h3>
          <pre className="max-h-48 overflow-auto rounded-md border border-line bg-sunken p-2.5 font-mono text-sm break-all whitespace-pre-wrap">
            {delivery.answer}
          </pre>
        </section>
      ) : null}
      <section>
        <h3 className="mb-1 font-medium">What it tells</h3>
        <RawEvent raw={JSON.stringify(delivery.payload)} what="message" />
      </section>
    </div>
  );
}

const Line = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0">{children}</dd>
  </>
);
