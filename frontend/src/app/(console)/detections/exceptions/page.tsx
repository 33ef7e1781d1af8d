import type { Metadata } from "next";
import { Suspense } from "react";

import { Exceptions } from "@/features/detections/exceptions";

export const metadata: Metadata = { title: "Exceptions" };

export default function ExceptionsPage() {
  return (
    <Suspense>
      <Exceptions />
    </Suspense>
  );
}
