import type { Metadata } from "next";
import { Suspense } from "react";

import { IncidentPage } from "@/features/incident/incident-page";
import { readIncident } from "@/features/incident/read-incident";

type Given = { params: Promise<{ incidentId: string }> };

export async function generateMetadata({ params }: Given): Promise<Metadata> {
  const seen = await readIncident((await params).incidentId);
  return { title: seen ? `#${seen.value.number} ${seen.value.title}` : "Incident" };
}

export default async function Page({ params }: Given) {
  const { incidentId } = await params;
  const seen = await readIncident(incidentId);
  return (
    <Suspense>
      <IncidentPage key={incidentId} incidentId={incidentId} {...(seen ? { initial: seen } : {})} />
    </Suspense>
  );
}
