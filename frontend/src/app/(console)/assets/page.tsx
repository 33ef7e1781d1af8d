import type { Metadata } from "next";
import { Suspense } from "react";

import { Assets } from "@/features/assets/assets";

export const metadata: Metadata = { title: "Assets" };

export default function Page() {
  return (
    <Suspense>
      <Assets />
    </Suspense>
  );
}
