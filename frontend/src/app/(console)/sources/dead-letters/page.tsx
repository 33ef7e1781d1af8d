import type { Metadata } from "next";
import { Suspense } from "react";

import { DeadLetters } from "@/features/sources/dead-letters";

export const metadata: Metadata = { title: "Dead letters" };

export default function Page() {
  return (
    <Suspense>
      <DeadLetters />
    </Suspense>
  );
}
