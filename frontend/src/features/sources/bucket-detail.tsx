"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";

import { type Schema, api, data, tagged } from "@/api/client";
import { StateLabel } from "@/components/data/severity";
import { Failure, Loaded, Notice, Skeleton } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono } from "@/components/data/value";
import { useMay } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/form";
import { Confirm } from "@/components/ui/overlay";
import { useAddress } from "@/lib/address";
import { bytes, counted, number, words } from "@/lib/format";
import { usePages } from "@/lib/pages";

type Whole = Schema<"WholeInput">;
const STATES = ["seen", "done", "failed"] as const;

/** A bucket: how it is read, its objects, and what can be done. */
export function BucketDetail({ id, onGone }: { id: string; onGone: () => void }) {
  const query = useQuery({
    queryKey: ["collector-inputs", id],
    queryFn: () => tagged(api.GET("/api/v1/collector-inputs/{input_id}", { params: { path: { input_id: id } } })),
  });
  const may = useMay("admin");
  return (
    <Loaded query={query} what="The bucket">
      {({ value, etag }) => (
        <div className="flex flex-col gap-4 p-4">
          {value.last_error ? (
            <Notice>
              It could not be read: {value.last_error}. Once rights and names are right it is read by itself.
            </Notice>
          ) : null}
          <dl className="grid grid-cols-[110px_minmax(0,1fr)] gap-x-3 gap-y-1 [&>dt]:text-ink-3">
            <dt>Bucket</dt>
            <dd>
              <Mono>
                s3://{value.bucket}/{value.prefix}
              </Mono>
            </dd>
            <dt>State</dt>
            <dd>
              <StateLabel state={value.enabled ? "enabled" : "disabled"} />
            </dd>
            <dt>Region</dt>
            <dd>{value.region ?? "of the workers"}</dd>
            <dt>Queue</dt>
            <dd>{value.queue_url ? <Mono>{value.queue_url}</Mono> : "none: listed once a minute"}</dd>
            <dt>Role</dt>
            <dd>{value.role_arn ? <Mono>{value.role_arn}</Mono> : "the workers' own identity"}</dd>
            {value.external_id ? (
              <>
                <dt>External id</dt>
                <dd>
                  <Mono>{value.external_id}</Mono>
                </dd>
              </>
            ) : null}
            <dt>Log source</dt>
            <dd>{value.source ?? "recognised by content"}</dd>
            <dt>Since</dt>
            <dd>
              <Time value={value.since} />
            </dd>
            <dt>Last listed</dt>
            <dd>{value.last_reconciled_at ? <Time value={value.last_reconciled_at} /> : "not yet"}</dd>
          </dl>
          {may ? <Actions input={value} etag={etag} onGone={onGone} /> : null}
          <Objects input={value} />
        </div>
      )}
    </Loaded>
  );
}

function Actions({ input, etag, onGone }: { input: Whole; etag: string; onGone: () => void }) {
  const [asking, setAsking] = useState<"disable" | "remove" | null>(null);
  const queries = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const path = { input_id: input.id };
  const settled = () => {
    setAsking(null);
    void queries.invalidateQueries({ queryKey: ["collector-inputs"] });
  };
  const change = useMutation({
    mutationFn: (enabled: boolean) =>
      data(
        api.PATCH("/api/v1/collector-inputs/{input_id}", {
          params: { path, header: { "If-Match": etag } },
          body: { enabled },
        }),
      ),
    onSuccess: (changed) => toast({ text: changed.enabled ? "Collected from again" : "Not collected from now" }),
    onError: failed("The bucket was not changed"),
    onSettled: settled,
  });
  const remove = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/collector-inputs/{input_id}", { params: { path } })),
    onSuccess: () => {
      toast({ text: "Removed" });
      onGone();
    },
    onError: failed("The bucket was not removed"),
    onSettled: settled,
  });
  return (
    <div className="flex gap-2">
      {input.enabled ? (
        <Button onClick={() => setAsking("disable")}>Disable</Button>
      ) : (
        <Button busy={change.isPending} onClick={() => change.mutate(true)}>
          Enable
        </Button>
      )}
      <Button look="danger" onClick={() => setAsking("remove")}>
        Remove
      </Button>
      <Confirm
        open={asking === "disable"}
        onOpenChange={() => setAsking(null)}
        title={`Stop collecting from ${input.bucket}?`}
        verb="Disable"
        busy={change.isPending}
        onConfirm={() => change.mutate(false)}
      >
        Nothing is read from it until it is enabled again; messages wait in the queue as long as it keeps them. What
        came stays.
      </Confirm>
      <Confirm
        open={asking === "remove"}
        onOpenChange={() => setAsking(null)}
        title={`Remove ${input.bucket}?`}
        verb="Remove"
        danger
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        It is collected from no more, and which objects were collected is forgotten. Their events stay. If it is added
        again, objects that are read once more count as duplicates.
      </Confirm>
    </div>
  );
}

function Objects({ input }: { input: Whole }) {
  const may = useMay("admin");
  const { get, set } = useAddress();
  const queries = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const state = STATES.find((each) => each === get("objects"));
  const list = usePages(["collector-inputs", input.id, "objects", state ?? "any"], (cursor) =>
    data(
      api.GET("/api/v1/collector-inputs/{input_id}/objects", {
        params: {
          path: { input_id: input.id },
          query: { limit: 50, ...(state ? { state } : {}), ...(cursor ? { cursor } : {}) },
        },
      }),
    ),
  );
  const retry = useMutation({
    mutationFn: (keys: string[] | null) =>
      data(
        api.POST("/api/v1/collector-inputs/{input_id}/retry", {
          params: { path: { input_id: input.id } },
          body: { keys },
        }),
      ),
    onSuccess: ({ objects }) => toast({ text: `${counted(objects, "object")} tried again within a minute` }),
    onError: failed("Nothing is tried again"),
    onSettled: () => void queries.invalidateQueries({ queryKey: ["collector-inputs"] }),
  });
  const failures = input.objects.failed ?? 0;
  return (
    <section>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <h3 className="font-semibold">Objects</h3>
        <Select
          aria-label="Objects in the state"
          className="w-40"
          value={state ?? ""}
          onChange={(event) => set({ objects: event.target.value })}
        >
          <option value="">All</option>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {words(each)} ({number(input.objects[each] ?? 0)})
            </option>
          ))}
        </Select>
        {may && failures > 0 ? (
          <Button small busy={retry.isPending} onClick={() => retry.mutate(null)}>
            Try all {number(failures)} failed again
          </Button>
        ) : null}
      </div>
      {list.isError && list.rows.length === 0 ? (
        <Failure error={list.error} what="The objects" onRetry={() => void list.refetch()} />
      ) : list.loading ? (
        <Skeleton lines={4} />
      ) : list.rows.length === 0 ? (
        <p className="text-ink-2">
          {state
            ? `No object is in the state ${state}.`
            : "No object was found yet. A new bucket is looked at within ten seconds."}
        </p>
      ) : (
        <ul className="text-sm">
          {list.rows.map((object) => (
            <li key={`${object.key} ${object.etag}`} className="flex flex-col gap-0.5 border-t border-line py-1.5">
              <div className="flex items-center gap-2">
                <StateLabel state={object.state} />
                <Link
                  href={`/sources/receipts?${new URLSearchParams({ origin: `s3://${object.bucket}/${object.key}`, from: "-90d" }).toString()}`}
                  prefetch={false}
                  className="min-w-0 flex-1 truncate font-mono hover:underline"
                  title={object.key}
                >
                  {object.key}
                </Link>
                {may && object.state === "failed" ? (
                  <Button small busy={retry.isPending} onClick={() => retry.mutate([object.key])}>
                    Try again
                  </Button>
                ) : null}
              </div>
              <p className="text-ink-3">
                {bytes(object.size_bytes)}, {counted(object.received, "record")}
                {object.malformed > 0 ? `, ${number(object.malformed)} malformed` : ""},{" "}
                <Time value={object.done_at ?? object.first_seen_at} />
              </p>
              {object.reason ? <p className="break-words text-warn-ink">{object.reason}</p> : null}
            </li>
          ))}
        </ul>
      )}
      {list.more ? (
        <Button small className="mt-2" busy={list.loadingMore} onClick={list.next}>
          Show more
        </Button>
      ) : null}
    </section>
  );
}
