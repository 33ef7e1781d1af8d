"use client";

import dynamic from "next/dynamic";

import { SidePanel } from "@/components/data/side-panel";
import { Skeleton } from "@/components/data/states";

const FindingDetail = dynamic(() => import("@/features/findings/finding-detail").then((each) => each.FindingDetail), {
  loading: () => <Skeleton className="p-4" lines={8} />,
});

/** A finding beside the incident. */
export const FindingPanel = ({ findingId, onClose }: { findingId: string; onClose: () => void }) => (
  <SidePanel title="Finding" pageHref={`/findings/${findingId}`} onClose={onClose}>
    <FindingDetail key={findingId} findingId={findingId} />
  </SidePanel>
);
