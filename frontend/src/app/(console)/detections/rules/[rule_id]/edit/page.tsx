import type { Metadata } from "next";
import { Suspense } from "react";

import { RuleEditor } from "@/features/detections/editor/rule-editor";

export const metadata: Metadata = { title: "Edit rule" };

export default async function EditRulePage({ params }: { params: Promise<{ rule_id: string }> }) {
  const { rule_id } = await params;
  return (
    <Suspense>
      <RuleEditor ruleId={decodeURIComponent(rule_id)} />
    </Suspense>
  );
}
