import type { Metadata } from "next";
import { Suspense } from "react";

import { daysOf } from "@/features/overview/model";
import { OverviewPage } from "@/features/overview/overview";
import { readOverview } from "@/features/overview/read-overview";

export const metadata: Metadata = { title: "Overview" };

type Given = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function Page({ searchParams }: Given) {
  const { days } = await searchParams;
  const initial = await readOverview(daysOf(typeof days === "string" ? days : null));
  return (
    <Suspense>
      <OverviewPage initial={initial} />
    </Suspense>
  );
}
