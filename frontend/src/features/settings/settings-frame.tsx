"use client";

import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

import { PageHead } from "@/components/shell/page";
import { type Role, mayAs, useSession } from "@/components/shell/session";
import { Empty } from "@/components/data/states";
import { TabLinks } from "@/components/ui/tabs";
import { SECTIONS } from "./sections";

/** The heading and the sections; each section is an address. */
export function SettingsFrame({ children }: { children: ReactNode }) {
  const path = usePathname();
  const { role } = useSession();
  const shown = SECTIONS.filter((section) => section.least === undefined || mayAs(role, section.least));
  const here = SECTIONS.find((section) => section.href === path);
  const allowed = here === undefined || shown.includes(here);
  return (
    <>
      <PageHead title="Settings" className="border-b-0" />
      <TabLinks
        label="Sections of the settings"
        className="shrink-0"
        tabs={shown.map((section) => ({ ...section, active: section.href === path }))}
      />
      {allowed ? children : <NotForRole least={here?.least} role={role} />}
    </>
  );
}

function NotForRole({ least, role }: { least: Role | undefined; role: Role | null }) {
  return (
    <Empty title={`This section is for the role ${least} and above`}>
      {role === null ? "You are a member of no organization." : `Your role here is ${role}.`} An owner can change roles
      under Members.
    </Empty>
  );
}
