"use client";

import { Dialog, Kbd } from "@/components/ui/overlay";
import { PLACES } from "./navigation";

const LISTS: [string, string][] = [
  ["j k or arrows", "Move in a list"],
  ["Enter", "Open"],
  ["x, Shift x", "Choose a row, a range"],
  [".", "What can be done with a value"],
  ["Esc", "Close the panel"],
];
const EVERYWHERE: [string, string][] = [
  ["Ctrl K", "Search or run a command"],
  ["/", "Search on this page"],
  ["[", "Narrow or widen the menu"],
  ["?", "This list"],
];
const INCIDENT: [string, string][] = [
  ["a", "Assign"],
  ["s", "Change the state"],
  ["v", "Give a verdict"],
  ["c", "Comment"],
];
const FINDINGS: [string, string][] = [
  ["v", "Give a verdict, to all that are chosen"],
  ["f", "Filter for what it has"],
  ["n", "New filter from it"],
];

const DETECTIONS: [string, string][] = [
  ["t", "Switch the rule on or off"],
  ["Ctrl S", "Save the rule that is written"],
];

/** All keys; pages keep to them. */
export function ShortcutHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const groups: [string, [string, string][]][] = [
    ["Everywhere", EVERYWHERE],
    ["Go to", PLACES.map((place) => [place.keys, place.label])],
    ["Lists", LISTS],
    ["Incidents", INCIDENT],
    ["Detections", DETECTIONS],
    ["Findings", FINDINGS],
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts" wide>
      <div className="grid gap-x-8 gap-y-4 pb-3 sm:grid-cols-2">
        {groups.map(([title, keys]) => (
          <section key={title}>
            <h3 className="mb-1 text-sm font-medium text-ink-3">{title}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key} className="flex items-center justify-between gap-4 border-b border-line py-1">
                  <dt>{what}</dt>
                  <dd>
                    <Kbd>{key}</Kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
