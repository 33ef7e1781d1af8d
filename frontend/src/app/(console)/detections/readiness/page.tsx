import type { Metadata } from "next";
import { Suspense } from "react";

import { Readiness } from "@/features/detections/readiness";

export const metadata: Metadata = { title: "Readiness" };

export default function ReadinessPage() {
  return (
    <Suspense>
      <Readiness />
    </Suspense>
  );
}
