import type { Metadata } from "next";
import { Suspense } from "react";

import { RulePage } from "@/features/detections/rule/rule-page";

export const metadata: Metadata = { title: "Rule" };

export default async function RuleAddress({ params }: { params: Promise<{ rule_id: string }> }) {
  const { rule_id } = await params;
  return (
    <Suspense>
      <RulePage ruleId={decodeURIComponent(rule_id)} />
    </Suspense>
  );
}
