import type { Metadata } from "next";
import { Suspense } from "react";

import { Coverage } from "@/features/detections/coverage";

export const metadata: Metadata = { title: "Coverage" };

export default function CoveragePage() {
  return (
    <Suspense>
      <Coverage />
    </Suspense>
  );
}
