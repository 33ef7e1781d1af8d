import type { Metadata } from "next";
import { Suspense } from "react";

import { Entities } from "@/features/entities/entities";

export const metadata: Metadata = { title: "Entities" };

export default function Page() {
  return (
    <Suspense>
      <Entities />
    </Suspense>
  );
}
