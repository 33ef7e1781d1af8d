import type { Metadata } from "next";
import { Suspense } from "react";

import { RuleEditor } from "@/features/detections/editor/rule-editor";

export const metadata: Metadata = { title: "New rule" };

export default function NewRulePage() {
  return (
    <Suspense>
      <RuleEditor />
    </Suspense>
  );
}
