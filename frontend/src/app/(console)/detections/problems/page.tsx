import type { Metadata } from "next";
import { Suspense } from "react";

import { Problems } from "@/features/detections/problems";

export const metadata: Metadata = { title: "Rules that cannot run" };

export default function ProblemsPage() {
  return (
    <Suspense>
      <Problems />
    </Suspense>
  );
}
