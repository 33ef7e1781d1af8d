"use client";

import { useRouter } from "next/navigation";
import Link from "next/link";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { type Column, DataTable } from "@/components/data/data-table";
import { ClearFilters, FilterBar, FixedFilter, TextFilter } from "@/components/data/filters";
import { StateLabel } from "@/components/data/severity";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono } from "@/components/data/value";
import { PageHead } from "@/components/shell/page";
import { Button, buttonClass } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { usePages } from "@/lib/pages";
import { AssetFilters, EXACT } from "./asset-filters";

type Asset = Schema<"CloudAsset">;
const FILTERS = ["text", ...EXACT.map(({ name }) => name), "tag", "deleted"];

/** What the organization's cloud accounts hold. */
export function Assets() {
  const address = useAddress();
  const router = useRouter();
  const query: Record<string, string | boolean> = {};
  for (const name of FILTERS) {
    const value = address.get(name);
    if (value !== "") query[name] = name === "deleted" ? value === "true" : value;
  }
  const list = usePages(["cloud-assets", "list", query], (cursor) =>
    data(api.GET("/api/v1/cloud-assets", { params: { query: { ...query, limit: 100, cursor } } })),
  );
  const filtered = Object.keys(query).length > 0;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <PageHead title="Assets" />
      <FilterBar>
        <TextFilter label="Search names" />
        <AssetFilters key={address.search} rows={list.rows} />
        {[...EXACT, { name: "tag", label: "Tag" }].map(({ name, label }) => (
          <FixedFilter key={name} name={name} label={label} />
        ))}
        <FixedFilter name="deleted" label="Gone" show={() => "shown too"} />
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
          Assets could not be refreshed ({asProblem(list.error).message}) What is shown is from before.
        </Notice>
      ) : null}
      <div className="min-h-0 flex-1">
        <DataTable
          label="Assets"
          name="assets"
          rows={list.rows}
          columns={COLUMNS}
          rowId={(row) => row.id}
          onOpen={(row) => router.push(`/assets/${row.id}`)}
          loading={list.loading}
          more={list.more}
          loadingMore={list.loadingMore}
          onEnd={list.next}
          empty={
            list.isError ? (
              <Failure error={list.error} what="Assets" onRetry={() => void list.refetch()} />
            ) : filtered ? (
              <Empty title="No assets of this kind">Take filters away to see more.</Empty>
            ) : (
              <Empty
                title="No assets"
                action={
                  <Link href="/entities?type=resource&type=host&type=account" className={buttonClass("secondary")}>
                    See resources that findings name
                  </Link>
                }
              >
                Assets come from the discovery of connected cloud accounts. Connecting an account is not supported yet,
                so nothing writes assets here.
              </Empty>
            )
          }
        />
      </div>
    </div>
  );
}

const COLUMNS: Column<Asset>[] = [
  {
    id: "name",
    header: "Name",
    size: 180,
    meta: { grow: true },
    cell: ({ row }) => (
      <Link
        href={`/assets/${row.original.id}`}
        prefetch={false}
        tabIndex={-1}
        className="truncate font-medium hover:underline"
      >
        {row.original.name === "" ? row.original.uid : row.original.name}
      </Link>
    ),
  },
  { id: "type", header: "Type", size: 150, cell: ({ row }) => <span className="truncate">{row.original.type}</span> },
  { id: "provider", header: "Provider", size: 80, meta: { hideBelow: 760 }, cell: ({ row }) => row.original.provider },
  {
    id: "account",
    header: "Account",
    size: 126,
    meta: { hideBelow: 560 },
    cell: ({ row }) => <Mono>{row.original.account}</Mono>,
  },
  { id: "region", header: "Region", size: 120, meta: { hideBelow: 680 }, cell: ({ row }) => row.original.region },
  {
    id: "uid",
    header: "Identifier",
    size: 220,
    meta: { grow: true, hideBelow: 1000 },
    cell: ({ row }) => (
      <Mono className="truncate">
        <span title={row.original.uid}>{row.original.uid}</span>
      </Mono>
    ),
  },
  {
    id: "last_seen_at",
    header: "Last seen",
    size: 150,
    meta: { hideBelow: 440 },
    cell: ({ row }) =>
      row.original.deleted_at === null ? (
        <Time value={row.original.last_seen_at} parts="minute" />
      ) : (
        <StateLabel state="gone" />
      ),
  },
];
