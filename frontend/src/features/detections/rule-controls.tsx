"use client";

import type { Schema } from "@/api/client";
import { SeverityLabel, SeverityMark } from "@/components/data/severity";
import { useMay } from "@/components/shell/session";
import { Menu } from "@/components/ui/overlay";
import { words } from "@/lib/format";
import { SEVERITIES } from "@/lib/severity";
import { useSetRule } from "./rule-api";

type Given = { rule: Pick<Schema<"Rule">, "rule_id" | "title" | "enabled" | "level" | "own_level"> };

/** Switches a rule on and off; a mark for those who may not. */
export function RuleSwitch({ rule }: Given) {
  const mayEdit = useMay("analyst");
  const set = useSetRule();
  return (
    <input
      type="checkbox"
      role="switch"
      aria-label={`${rule.title}: on`}
      title={rule.enabled ? "On" : "Off"}
      className="size-3.5 accent-[var(--accent)]"
      checked={set.isPending ? (set.variables.change.enabled ?? rule.enabled) : rule.enabled}
      disabled={!mayEdit || set.isPending}
      onChange={(event) => set.mutate({ rule, change: { enabled: event.target.checked } })}
    />
  );
}

/** The level of a rule's findings, and the menu that sets it. */
export function LevelMenu({ rule, short }: Given & { short?: boolean }) {
  const mayEdit = useMay("analyst");
  const set = useSetRule();
  const differs = rule.level !== rule.own_level;
  const said = differs ? `${words(rule.level)}; the rule itself says ${rule.own_level}` : words(rule.level);
  const inner = (
    <>
      {short ? <SeverityMark severity={rule.level} /> : <SeverityLabel severity={rule.level} />}
      {differs ? <span className="text-xs text-ink-3">set</span> : null}
    </>
  );
  if (!mayEdit)
    return (
      <span className="inline-flex items-center gap-1" title={said}>
        {inner}
      </span>
    );
  return (
    <Menu
      items={[
        { heading: "Level of its findings from now on" },
        ...SEVERITIES.map((level) => ({
          label: level === rule.level ? `${words(level)} (now)` : words(level),
          icon: <SeverityMark severity={level} />,
          disabled: level === rule.level,
          onSelect: () => set.mutate({ rule, change: { level: level === rule.own_level ? null : level } }),
        })),
        ...(differs
          ? [
              "separator" as const,
              {
                label: `As the rule says: ${rule.own_level}`,
                onSelect: () => set.mutate({ rule, change: { level: null } }),
              },
            ]
          : []),
      ]}
    >
      <button
        type="button"
        disabled={set.isPending}
        title={`${said}. Change`}
        aria-label={`Level of ${rule.title}: ${said}. Change`}
        className="inline-flex h-6 items-center gap-1 rounded-sm px-1 hover:bg-hover"
      >
        {inner}
      </button>
    </Menu>
  );
}
