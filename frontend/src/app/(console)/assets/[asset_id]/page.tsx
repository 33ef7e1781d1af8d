import type { Metadata } from "next";
import { Suspense } from "react";

import { AssetPage } from "@/features/assets/asset-page";

export const metadata: Metadata = { title: "Asset" };

export default async function Page({ params }: { params: Promise<{ asset_id: string }> }) {
  const { asset_id } = await params;
  return (
    <Suspense>
      <AssetPage assetId={asset_id} />
    </Suspense>
  );
}
