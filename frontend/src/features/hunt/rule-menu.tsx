"use client";

import { ChevronDown, History, Radar } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";

import type { TimeRangeState } from "@/components/data/time-range";
import { useMay } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { Menu } from "@/components/ui/overlay";

const RuleDialog = dynamic(() => import("./rule-dialog").then((part) => part.RuleDialog), { ssr: false });

/** From a hunt to a rule: for what comes, or over the past. */
export function RuleMenu({ query, range }: { query: string; range: TimeRangeState }) {
  const mayWrite = useMay("analyst");
  const [wanted, setWanted] = useState<"rule" | "retro" | null>(null);
  if (!mayWrite) return null;
  return (
    <>
      <Menu
        align="end"
        items={[
          {
            label: "Turn into a rule",
            icon: <Radar size={14} aria-hidden />,
            onSelect: () => setWanted("rule"),
          },
          {
            label: "Run as a retro-hunt",
            icon: <History size={14} aria-hidden />,
            onSelect: () => setWanted("retro"),
          },
        ]}
      >
        <Button small>
          <Radar size={13} aria-hidden />
          Rule
          <ChevronDown size={12} aria-hidden />
        </Button>
      </Menu>
      {wanted !== null ? (
        <RuleDialog query={query} range={range} wanted={wanted} onClose={() => setWanted(null)} />
      ) : null}
    </>
  );
}
