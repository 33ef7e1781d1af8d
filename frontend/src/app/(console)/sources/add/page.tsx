import type { Metadata } from "next";
import { Suspense } from "react";

import { AddSource } from "@/features/sources/add-source";

export const metadata: Metadata = { title: "Add a source" };

export default function Page() {
  return (
    <Suspense>
      <AddSource />
    </Suspense>
  );
}
