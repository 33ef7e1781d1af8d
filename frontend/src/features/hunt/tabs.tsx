"use client";

import { usePathname } from "next/navigation";

import { TabLinks } from "@/components/ui/tabs";

export function HuntTabs() {
  const path = usePathname();
  const retro = path.startsWith("/hunt/retro");
  return (
    <TabLinks
      label="Hunting"
      tabs={[
        { href: "/hunt", label: "Events", active: !retro },
        { href: "/hunt/retro", label: "Retro-hunts", active: retro },
      ]}
    />
  );
}
