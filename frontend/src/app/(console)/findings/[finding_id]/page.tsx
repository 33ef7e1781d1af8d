import type { Metadata } from "next";

import { FindingPage } from "@/features/findings/finding-page";

export const metadata: Metadata = { title: "Finding" };

export default async function Page({ params }: { params: Promise<{ finding_id: string }> }) {
  const { finding_id } = await params;
  return <FindingPage findingId={finding_id} />;
}
