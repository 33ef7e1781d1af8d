import type { Metadata } from "next";
import { Suspense } from "react";

import { Findings } from "@/features/findings/findings";

export const metadata: Metadata = { title: "Findings" };

export default function Page() {
  return (
    <Suspense>
      <Findings />
    </Suspense>
  );
}
