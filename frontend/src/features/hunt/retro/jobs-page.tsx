"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { History, Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useMemo } from "react";

import { api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { Actor } from "@/features/detections/actor";
import { useAddress } from "@/lib/address";
import { asProblem } from "@/api/problem";
import { HuntTabs } from "../tabs";
import { type Job, STEP_MS, nameOf, underWay, useCancel } from "./jobs";
import { Progress } from "./progress";

const NewRetroHunt = dynamic(() => import("./new-retro-hunt").then((part) => part.NewRetroHunt), { ssr: false });

/** Rules over the past: what runs, and what was found. */
export function RetroHunts() {
  const router = useRouter();
  const address = useAddress();
  const mayWrite = useMay("analyst");
  const cancel = useCancel();
  const list = useInfiniteQuery({
    queryKey: ["retro-hunts", "list"],
    queryFn: ({ pageParam }) =>
      data(api.GET("/api/v1/retro-hunts", { params: { query: { limit: 50, cursor: pageParam ?? undefined } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.items.some(underWay)) ? STEP_MS * 2 : false),
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const columns = useMemo<Column<Job>[]>(
    () => [
      {
        id: "name",
        header: "Name",
        size: 280,
        meta: { grow: true },
        cell: ({ row: { original } }) => <span className="truncate font-medium">{nameOf(original)}</span>,
      },
      {
        id: "state",
        header: "State",
        size: 160,
        cell: ({ row: { original } }) => <Progress job={original} />,
      },
      {
        id: "range",
        header: "Events of",
        size: 270,
        meta: { hideBelow: 700 },
        cell: ({ row: { original } }) => (
          <span className="truncate text-ink-2">
            <Time value={original.first_at} parts="minute" /> to <Time value={original.before} parts="minute" />
          </span>
        ),
      },
      {
        id: "sources",
        header: "Sources",
        size: 160,
        meta: { hideBelow: 1100 },
        cell: ({ row: { original } }) => (
          <span className="truncate text-ink-2">
            {original.sources.length === 0 ? "all" : original.sources.join(", ")}
          </span>
        ),
      },
      {
        id: "by",
        header: "Started by",
        size: 150,
        meta: { hideBelow: 1100 },
        cell: ({ row: { original } }) => <Actor actor={original.created_by} />,
      },
      {
        id: "at",
        header: "Started",
        size: 110,
        meta: { hideBelow: 500 },
        cell: ({ row: { original } }) => <Time value={original.created_at} relative />,
      },
      {
        id: "act",
        header: () => <span className="sr-only">Actions</span>,
        size: 84,
        cell: ({ row: { original } }) =>
          mayWrite && underWay(original) ? (
            <Button small onClick={() => cancel.mutate(original.id)}>
              Cancel
            </Button>
          ) : null,
      },
    ],
    [mayWrite, cancel],
  );
  const adding = address.get("new") !== "";
  return (
    <>
      <PageHead
        title="Hunt"
        actions={
          mayWrite ? (
            <Button look="primary" onClick={() => address.push({ new: "1" })}>
              <Plus size={14} aria-hidden />
              Start a retro-hunt
            </Button>
          ) : null
        }
      />
      <HuntTabs />
      {list.isError && rows.length > 0 ? (
        <Notice className="m-2">
          The list could not be refreshed ({asProblem(list.error).message}) What is shown is from before.
        </Notice>
      ) : null}
      <div className="min-h-0 flex-1">
        <DataTable
          label="Retro-hunts"
          name="retro-hunts"
          rows={rows}
          columns={columns}
          rowId={(job) => job.id}
          onOpen={(job) => router.push(`/hunt/retro/${job.id}`)}
          loading={list.isPending}
          more={list.hasNextPage}
          loadingMore={list.isFetchingNextPage}
          onEnd={() => void list.fetchNextPage({ cancelRefetch: false })}
          rowHeight={32}
          empty={
            list.isError ? (
              <Failure error={list.error} what="Retro-hunts" onRetry={() => void list.refetch()} />
            ) : (
              <Empty
                title="No rule has run over the past yet"
                action={
                  mayWrite ? (
                    <Button onClick={() => address.push({ new: "1" })}>
                      <History size={14} aria-hidden />
                      Start a retro-hunt
                    </Button>
                  ) : null
                }
              >
                A retro-hunt runs a Sigma rule over the records of a time range: was this here before the rule was?
                Nothing live is changed.
              </Empty>
            )
          }
        />
      </div>
      {adding && mayWrite ? <NewRetroHunt onClose={() => address.set({ new: null })} /> : null}
    </>
  );
}
