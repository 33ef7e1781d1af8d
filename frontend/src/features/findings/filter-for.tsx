"use client";

import type { Schema } from "@/api/client";
import { Dialog } from "@/components/ui/overlay";
import { useAddress } from "@/lib/address";
import { tacticName } from "@/lib/attack";
import { words } from "@/lib/format";
import { byImportance } from "./event";

/** Narrows the list to what a finding has: one click or Enter. */
export function FilterFor({ finding, onClose }: { finding: Schema<"Finding">; onClose: () => void }) {
  const { push } = useAddress();
  const choices: [string, string, Record<string, string>][] = [
    ["Rule", finding.title, { rule: finding.rule_id }],
    ["Source", finding.source, { source: finding.source }],
    ["Severity", words(finding.level), { level: finding.level }],
    ...finding.tactics.map((id): [string, string, Record<string, string>] => [
      "Tactic",
      tacticName(id),
      { tactic: id },
    ]),
    ...finding.techniques.map((id): [string, string, Record<string, string>] => ["Technique", id, { technique: id }]),
    ...byImportance(finding.entities).map((each): [string, string, Record<string, string>] => [
      words(each.type),
      each.value,
      { entity: each.value, entity_type: each.type },
    ]),
  ];
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())} title="Filter for">
      <ul className="-mx-2 pb-2">
        {choices.map(([label, value, change]) => (
          <li key={`${label} ${value}`}>
            <button
              type="button"
              className="flex min-h-7 w-full items-baseline gap-3 rounded-md px-2 py-1 text-left hover:bg-hover"
              onClick={() => {
                onClose();
                push(change);
              }}
            >
              <span className="w-24 shrink-0 text-ink-3">{label}</span>
              <span className="min-w-0 break-all">{value}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
