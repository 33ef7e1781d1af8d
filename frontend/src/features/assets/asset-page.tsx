"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useMemo } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { RawEvent } from "@/components/data/raw-event";
import { SidePanel } from "@/components/data/side-panel";
import { Empty, Loaded, Notice, Skeleton } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono, Value } from "@/components/data/value";
import { PageBody, PageHead, Section } from "@/components/shell/page";
import { EntityFindings } from "@/features/entities/entity-findings";
import { useAddress } from "@/lib/address";

const FindingDetail = dynamic(() => import("@/features/findings/finding-detail").then((each) => each.FindingDetail), {
  loading: () => <Skeleton className="p-4" lines={8} />,
});

type Asset = Schema<"CloudAsset">;

/** One asset: what its provider says of it, and the findings that name it. */
export function AssetPage({ assetId }: { assetId: string }) {
  const address = useAddress();
  const openId = address.get("open");
  const asset = useQuery({
    queryKey: ["cloud-assets", assetId],
    queryFn: () => data(api.GET("/api/v1/cloud-assets/{asset_id}", { params: { path: { asset_id: assetId } } })),
  });
  // An id that is none is refused as invalid: nothing has it.
  const missing = asset.isError && [404, 422].includes(asProblem(asset.error).status);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <PageHead
        title={asset.data ? asset.data.name || asset.data.uid : "Asset"}
        beside={<span className="text-ink-2">{asset.data?.type}</span>}
      />
      <div className="flex min-h-0 flex-1">
        <PageBody label="The asset">
          {missing ? (
            <Empty
              title="There is no such asset"
              action={
                <Link href="/assets" className="text-accent-ink hover:underline">
                  See all assets
                </Link>
              }
            >
              It is not in this organization.
            </Empty>
          ) : (
            <Loaded query={asset} what="The asset" skeleton={<Skeleton className="p-4" lines={10} />}>
              {(found) => <Body asset={found} />}
            </Loaded>
          )}
        </PageBody>
        {openId !== "" ? (
          <SidePanel title="Finding" pageHref={`/findings/${openId}`} onClose={() => address.push({ open: null })}>
            <FindingDetail key={openId} findingId={openId} />
          </SidePanel>
        ) : null}
      </div>
    </div>
  );
}

function Body({ asset }: { asset: Asset }) {
  const attributes = useMemo(() => JSON.stringify(asset.attributes, null, 2), [asset.attributes]);
  const facts: [string, React.ReactNode][] = [
    ["Identifier", <Value key="uid" value={asset.uid} entity="resource" className="break-all whitespace-normal" />],
    ["Provider", asset.provider],
    ["Account", <Value key="account" value={asset.account} entity="account" />],
    ["Region", asset.region],
    ["First seen", <Time key="first" value={asset.first_seen_at} />],
    ["Last seen", <Time key="last" value={asset.last_seen_at} />],
  ];
  return (
    <div className="flex flex-col gap-6 p-4">
      {asset.deleted_at !== null ? (
        <Notice tone="neutral">
          It was found to be gone on <Time value={asset.deleted_at} />. What is shown is from before.
        </Notice>
      ) : null}
      <dl className="flex flex-wrap gap-x-8 gap-y-2">
        {facts.map(([label, value]) => (
          <div key={label} className="min-w-0">
            <dt className="text-sm text-ink-3">{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="grid gap-x-8 gap-y-6 xl:grid-cols-[minmax(0,1fr)_400px]">
        <Section title="Attributes">
          {Object.keys(asset.attributes).length === 0 ? (
            <p className="text-ink-2">The provider says nothing more of it.</p>
          ) : (
            <RawEvent what="attributes" raw={attributes} entities={[{ type: "resource", value: asset.uid }]} />
          )}
        </Section>
        <Section title="Tags">
          <Tags asset={asset} />
        </Section>
      </div>
      <EntityFindings entity={{ type: "resource", value: asset.uid }} />
    </div>
  );
}

function Tags({ asset }: { asset: Asset }) {
  const tags = Object.entries(asset.tags);
  if (tags.length === 0) return <p className="text-ink-2">It has no tags.</p>;
  return (
    <ul>
      {tags.map(([key, value]) => {
        const text = typeof value === "string" ? value : JSON.stringify(value);
        return (
          <li key={key} className="border-b border-line py-1 last:border-b-0">
            <Link
              href={`/assets?${new URLSearchParams({ tag: `${key}=${text}` }).toString()}`}
              className="hover:underline"
              title="See assets with this tag"
            >
              <Mono>
                {key}={text}
              </Mono>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
