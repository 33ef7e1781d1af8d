import type { Metadata } from "next";
import { Suspense } from "react";

import { Rules } from "@/features/detections/rules";

export const metadata: Metadata = { title: "Detections" };

export default function DetectionsPage() {
  return (
    <Suspense>
      <Rules />
    </Suspense>
  );
}
