import type { Metadata } from "next";

import { System } from "@/features/system/system";
import { readiness } from "@/lib/server/readiness";

export const metadata: Metadata = { title: "System" };

export default async function SystemPage() {
  return <System readiness={await readiness()} />;
}
