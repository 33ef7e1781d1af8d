"use client";

import { PageBody, PageHead } from "@/components/shell/page";
import { FindingDetail, useFinding } from "./finding-detail";
import { HeadingLevel } from "./section";

/** A finding at an address of its own. */
export function FindingPage({ findingId }: { findingId: string }) {
  const finding = useFinding(findingId);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <PageHead title={finding.data?.title ?? "Finding"} />
      <PageBody label="The finding">
        <HeadingLevel value="h2">
          <FindingDetail findingId={findingId} />
        </HeadingLevel>
      </PageBody>
    </div>
  );
}
