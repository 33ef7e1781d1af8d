import type { Metadata } from "next";
import { Suspense } from "react";

import { Buckets } from "@/features/sources/buckets";

export const metadata: Metadata = { title: "S3 buckets" };

export default function Page() {
  return (
    <Suspense>
      <Buckets />
    </Suspense>
  );
}
