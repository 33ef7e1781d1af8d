import type { Metadata } from "next";
import { Suspense } from "react";

import { SourceList } from "@/features/sources/source-list";

export const metadata: Metadata = { title: "Sources" };

export default function Page() {
  return (
    <Suspense>
      <SourceList />
    </Suspense>
  );
}
