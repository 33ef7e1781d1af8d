import type { Metadata } from "next";

import { readIncident } from "@/features/incident/read-incident";
import { Report } from "@/features/incident/report";

type Given = { params: Promise<{ incidentId: string }> };

export async function generateMetadata({ params }: Given): Promise<Metadata> {
  const seen = await readIncident((await params).incidentId);
  return { title: seen ? `Report on #${seen.value.number} ${seen.value.title}` : "Report" };
}

export default async function Page({ params }: Given) {
  const { incidentId } = await params;
  const seen = await readIncident(incidentId);
  return <Report incidentId={incidentId} {...(seen ? { initial: seen } : {})} />;
}
