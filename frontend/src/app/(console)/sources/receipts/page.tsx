import type { Metadata } from "next";
import { Suspense } from "react";

import { Receipts } from "@/features/sources/receipts";

export const metadata: Metadata = { title: "Receipts" };

export default function Page() {
  return (
    <Suspense>
      <Receipts />
    </Suspense>
  );
}
