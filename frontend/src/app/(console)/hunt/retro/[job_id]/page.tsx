import type { Metadata } from "next";
import { Suspense } from "react";

import { RetroHuntPage } from "@/features/hunt/retro/job-page";

export const metadata: Metadata = { title: "Retro-hunt" };

export default async function Page({ params }: { params: Promise<{ job_id: string }> }) {
  const { job_id: jobId } = await params;
  return (
    <Suspense>
      <RetroHuntPage jobId={jobId} />
    </Suspense>
  );
}
