import type { Metadata } from "next";
import { Suspense } from "react";

import { Indicators } from "@/features/detections/indicators/indicators";

export const metadata: Metadata = { title: "Indicators" };

export default function IndicatorsPage() {
  return (
    <Suspense>
      <Indicators />
    </Suspense>
  );
}
