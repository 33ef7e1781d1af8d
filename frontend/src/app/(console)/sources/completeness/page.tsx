import type { Metadata } from "next";
import { Suspense } from "react";

import { Completeness } from "@/features/sources/completeness";

export const metadata: Metadata = { title: "Completeness" };

export default function Page() {
  return (
    <Suspense>
      <Completeness />
    </Suspense>
  );
}
