import type { Metadata } from "next";
import { Suspense } from "react";

import { RetroHunts } from "@/features/hunt/retro/jobs-page";

export const metadata: Metadata = { title: "Retro-hunts" };

export default function Page() {
  return (
    <Suspense>
      <RetroHunts />
    </Suspense>
  );
}
