import type { Metadata } from "next";

import { PageHead } from "@/components/shell/page";

export const metadata: Metadata = { title: "Overview" };

export default function OverviewPage() {
  return <PageHead title="Overview" />;
}
