import type { Metadata } from "next";
import { Suspense } from "react";

import { Rules } from "@/features/detections/rules";

export const metadata: Metadata = { title: "Correlation rules" };

export default function CorrelationsPage() {
  return (
    <Suspense>
      <Rules kind="sigma_correlation" />
    </Suspense>
  );
}
