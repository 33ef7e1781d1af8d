"use client";

import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useMemo } from "react";

import { type Schema, api, data } from "@/api/client";
import { type Column, DataTable } from "@/components/data/data-table";
import { StateLabel } from "@/components/data/severity";
import { SidePanel } from "@/components/data/side-panel";
import { Empty, Failure } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { useMay } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { BucketDetail } from "./bucket-detail";
import { NewBucket } from "./new-bucket";
import { SourcesFrame } from "./frame";

type Input = Schema<"Input">;

/** Buckets that logs are collected from. */
export function Buckets() {
  const may = useMay("admin");
  const { get, push } = useAddress();
  const query = useQuery({
    queryKey: ["collector-inputs"],
    queryFn: () => data(api.GET("/api/v1/collector-inputs")),
  });
  const open = get("open");
  const columns = useMemo<Column<Input>[]>(
    () => [
      {
        id: "bucket",
        header: "Bucket",
        size: 260,
        meta: { grow: true },
        cell: ({ row: { original } }) => (
          <span className="truncate font-mono" title={`s3://${original.bucket}/${original.prefix}`}>
            s3://{original.bucket}/{original.prefix}
          </span>
        ),
      },
      {
        id: "enabled",
        header: "State",
        size: 100,
        cell: ({ row }) => <StateLabel state={row.original.enabled ? "enabled" : "disabled"} />,
      },
      {
        id: "told",
        header: "Told by",
        size: 110,
        meta: { hideBelow: 700 },
        cell: ({ row }) => (row.original.queue_url === null ? "listing only" : "SQS and listing"),
      },
      {
        id: "source",
        header: "Log source",
        size: 130,
        meta: { hideBelow: 800 },
        cell: ({ row }) => row.original.source ?? <span className="text-ink-3">recognised</span>,
      },
      {
        id: "listed",
        header: "Last listed",
        size: 110,
        cell: ({ row: { original } }) =>
          original.last_reconciled_at ? (
            <Time value={original.last_reconciled_at} relative />
          ) : (
            <span className="text-ink-3">not yet</span>
          ),
      },
      {
        id: "error",
        header: "Cannot be read because",
        size: 220,
        meta: { hideBelow: 900 },
        cell: ({ row }) => (
          <span className="truncate text-warn-ink" title={row.original.last_error ?? undefined}>
            {row.original.last_error}
          </span>
        ),
      },
    ],
    [],
  );
  const add = may ? (
    <Button onClick={() => push({ new: "1" })}>
      <Plus size={14} aria-hidden />
      Collect from a bucket
    </Button>
  ) : null;
  return (
    <SourcesFrame actions={add}>
      <div className="flex min-h-0 flex-1">
        <div className="min-w-0 flex-1">
          {query.isError && query.data === undefined ? (
            <Failure error={query.error} what="The buckets" onRetry={() => void query.refetch()} />
          ) : (
            <DataTable
              label="Buckets"
              name="buckets"
              rows={query.data?.items ?? []}
              columns={columns}
              rowId={(row) => row.id}
              openId={open}
              onOpen={(row) => push({ open: row.id })}
              loading={query.isPending}
              empty={
                <Empty title="No bucket is collected from" action={add}>
                  Workers read CloudTrail, flow logs and other log files from S3: told by an SQS queue that the bucket
                  writes to, and by listing the bucket for what the queue never named.
                </Empty>
              }
            />
          )}
        </div>
        {open ? (
          <SidePanel title="Bucket" onClose={() => push({ open: null, objects: null })}>
            <BucketDetail key={open} id={open} onGone={() => push({ open: null, objects: null })} />
          </SidePanel>
        ) : null}
      </div>
      {may && get("new") === "1" ? (
        <NewBucket
          externalId={query.data?.external_id ?? null}
          onClose={() => push({ new: null })}
          onMade={(made) => push({ new: null, open: made })}
        />
      ) : null}
    </SourcesFrame>
  );
}
