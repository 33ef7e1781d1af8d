import type { Metadata } from "next";
import { Suspense } from "react";

import { IngestTokens } from "@/features/sources/tokens";

export const metadata: Metadata = { title: "Ingest tokens" };

export default function Page() {
  return (
    <Suspense>
      <IngestTokens />
    </Suspense>
  );
}
