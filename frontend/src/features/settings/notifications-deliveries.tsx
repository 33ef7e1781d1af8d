"use client";

import { useEffect } from "react";
import Link from "next/link";

import { api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { ChoiceFilter, ClearFilters, FilterBar } from "@/components/data/filters";
import { SidePanel } from "@/components/data/side-panel";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Button } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { words } from "@/lib/format";
import { usePages } from "@/lib/pages";
import { DeliveryDetail, DeliveryMark, Retry } from "./notifications-delivery";
import { type Channel, type Delivery, STATES, answerText, eventName, incidentText } from "./notifications-words";

const FILTERS = ["state", "channel"] as const;

/** What was told in the last 30 days and what became of it, the newest first. */
export function Deliveries({ channels, admin }: { channels: Channel[] | undefined; admin: boolean }) {
  const address = useAddress();
  const filters = {
    state: STATES.find((each) => each.state === address.get("state"))?.state,
    channel_id: address.get("channel") || undefined,
  };
  const list = usePages<Delivery>(["notification-deliveries", filters], (cursor) =>
    data(api.GET("/api/v1/notification-deliveries", { params: { query: { ...filters, cursor, limit: 100 } } })),
  );
  useNextTry(list.rows, list.refetch);
  const nameOf = (id: string) => channels?.find((each) => each.id === id)?.name ?? null;
  const opened = list.rows.find((each) => each.id === address.get("open"));

  const columns: Column<Delivery>[] = [
    {
      id: "created",
      header: "Queued at",
      size: 125,
      cell: ({ row }) => <Time value={row.original.created_at} parts="minute" />,
    },
    {
      id: "event",
      header: "Event",
      size: 115,
      cell: ({ row }) => <span className="truncate">{eventName(row.original.event)}</span>,
    },
    {
      id: "state",
      header: "State",
      size: 100,
      cell: ({ row }) => (
        <span className="flex items-center gap-1.5">
          <DeliveryMark state={row.original.state} again={row.original.error !== null} />
          {words(row.original.state)}
        </span>
      ),
    },
    {
      id: "incident",
      header: "Incident",
      size: 200,
      meta: { grow: true, hideBelow: 600 },
      cell: ({ row }) => {
        const text = incidentText(row.original);
        return text !== null && row.original.incident_id !== null ? (
          <Link
            href={`/incidents/${row.original.incident_id}`}
            title={text}
            className="truncate text-accent-ink hover:underline"
          >
            {text}
          </Link>
        ) : null;
      },
    },
    {
      id: "channel",
      header: "Channel",
      size: 130,
      meta: { hideBelow: 760 },
      cell: ({ row }) => <span className="truncate">{nameOf(row.original.channel_id) ?? ""}</span>,
    },
    {
      id: "answer",
      header: "Answer",
      size: 200,
      meta: { grow: true, hideBelow: 1000 },
      cell: ({ row }) => (
        <span className="truncate text-ink-2" title={answerText(row.original)}>
          {answerText(row.original)}
        </span>
      ),
    },
    {
      id: "attempts",
      header: "Attempts",
      size: 76,
      meta: { align: "right", hideBelow: 900 },
      cell: ({ row }) => <span className="tabular-nums">{row.original.attempts}</span>,
    },
    {
      id: "next",
      header: "Next try",
      size: 110,
      meta: { hideBelow: 1000 },
      cell: ({ row }) => (row.original.state === "queued" ? <Time value={row.original.next_at} relative /> : null),
    },
    ...(admin
      ? [
          {
            id: "retry",
            header: () => <span className="sr-only">Actions</span>,
            size: 76,
            meta: { align: "right" as const, hideBelow: 600 },
            cell: ({ row }: { row: { original: Delivery } }) =>
              row.original.state === "failed" ? <Retry delivery={row.original} /> : null,
          },
        ]
      : []),
  ];

  return (
    <>
      <FilterBar>
        <ChoiceFilter
          name="state"
          label="State"
          single
          options={STATES.map((each) => ({
            value: each.state,
            label: each.name,
            mark: <DeliveryMark state={each.state} />,
          }))}
        />
        <ChoiceFilter
          name="channel"
          label="Channel"
          single
          options={(channels ?? []).map((each) => ({ value: each.id, label: each.name }))}
          empty={channels === undefined ? "Loading …" : "There are no channels"}
        />
        <ClearFilters names={FILTERS} />
      </FilterBar>
      {list.isError && list.rows.length > 0 ? (
        <Notice
          className="m-2"
          action={
            <Button small onClick={() => void list.refetch()}>
              Try again
            </Button>
          }
        >
          Not all could be read. What is shown is from before.
        </Notice>
      ) : null}
      <div className="flex min-h-0 flex-1">
        {list.isError && list.rows.length === 0 ? (
          <Failure error={list.error} what="The deliveries" onRetry={() => void list.refetch()} className="flex-1" />
        ) : (
          <DataTable
            label="Deliveries"
            name="notification-deliveries"
            className="min-w-0 flex-1"
            rows={list.rows}
            columns={columns}
            rowId={(delivery) => delivery.id}
            onOpen={(delivery) => address.push({ open: delivery.id })}
            openId={opened?.id ?? null}
            onEnd={list.next}
            more={list.more}
            loadingMore={list.loadingMore}
            loading={list.loading}
            empty={
              filters.state !== undefined || filters.channel_id !== undefined ? (
                <Empty title="No message fits">Take a filter away to see more.</Empty>
              ) : (
                <Empty title="Nothing was sent in the last 30 days">
                  Messages stand here once something happens that a channel wants to hear of. Test messages do not.
                </Empty>
              )
            }
          />
        )}
        {opened ? (
          <SidePanel
            title={eventName(opened.event)}
            onClose={() => address.push({ open: null })}
            actions={admin && opened.state === "failed" ? <Retry delivery={opened} /> : undefined}
          >
            <DeliveryDetail delivery={opened} channel={nameOf(opened.channel_id)} />
          </SidePanel>
        ) : null}
      </div>
    </>
  );
}

/** What is queued has a time at which it is tried: a moment after it, once, the list is read anew. */
function useNextTry(rows: Delivery[], refetch: () => unknown): void {
  const next = Math.min(...rows.filter((each) => each.state === "queued").map((each) => Date.parse(each.next_at)));
  useEffect(() => {
    if (!Number.isFinite(next)) return;
    const timer = setTimeout(() => void refetch(), Math.min(Math.max(0, next - Date.now()) + 2_000, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  }, [next, refetch]);
}
