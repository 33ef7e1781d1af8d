"use client";

import { usePathname } from "next/navigation";

import { TabLinks } from "@/components/ui/tabs";

const TABS = [
  { href: "/detections", label: "Rules" },
  { href: "/detections/coverage", label: "Coverage" },
  { href: "/detections/readiness", label: "Readiness" },
  { href: "/detections/correlations", label: "Correlations" },
  { href: "/detections/indicators", label: "Indicators" },
  { href: "/detections/exceptions", label: "Exceptions" },
  { href: "/detections/problems", label: "Problems" },
] as const;

/** The parts of Detections. */
export function DetectionTabs() {
  const path = usePathname();
  return <TabLinks label="Detections" tabs={TABS.map((tab) => ({ ...tab, active: path === tab.href }))} />;
}
