"use client";

import { type FormEvent, useState } from "react";

import { SeverityLabel } from "@/components/data/severity";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { useChangeOrganization } from "./change-organization";
import { minutesOf, minutesText } from "./minutes";
import type { Organization } from "./organization";
import { ShortTable } from "@/components/data/short-table";

const SEVERITIES = ["critical", "high", "medium", "low", "informational"] as const;
type Severity = (typeof SEVERITIES)[number];
type Typed = Record<Severity, { respond: string; close: string }>;

/** Deadlines by severity, typed as `30 min`, `4 h`, `2 d`; nothing is no deadline. */
export function ServiceLevels({
  organization,
  etag,
  readOnly,
}: {
  organization: Organization;
  etag: string;
  readOnly: boolean;
}) {
  const [first] = useState(() => typedOf(organization));
  const [typed, setTyped] = useState(first);
  const change = useChangeOrganization(etag, "Service levels saved");
  const put = (severity: Severity, name: "respond" | "close", text: string) =>
    setTyped((before) => ({ ...before, [severity]: { ...before[severity], [name]: text } }));
  const changed = SEVERITIES.filter(
    (each) => typed[each].respond !== first[each].respond || typed[each].close !== first[each].close,
  );
  const bad = SEVERITIES.some(
    (each) => minutesOf(typed[each].respond) === undefined || minutesOf(typed[each].close) === undefined,
  );
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({
      service_levels: Object.fromEntries(
        changed.map((each) => [
          each,
          {
            respond_minutes: minutesOf(typed[each].respond) ?? null,
            close_minutes: minutesOf(typed[each].close) ?? null,
          },
        ]),
      ),
    });
  };
  const field = (severity: Severity, name: "respond" | "close", label: string) => (
    <Input
      aria-label={`${label}, ${severity}`}
      aria-invalid={minutesOf(typed[severity][name]) === undefined || undefined}
      value={typed[severity][name]}
      placeholder="no deadline"
      disabled={readOnly}
      className="w-28"
      onChange={(event) => put(severity, name, event.target.value)}
    />
  );
  return (
    <form onSubmit={send} className="flex max-w-[480px] flex-col gap-3">
      <ShortTable label="Service levels" heads={["Severity", "Respond within", "Close within"]}>
        {SEVERITIES.map((severity) => (
          <tr key={severity}>
            <td>
              <SeverityLabel severity={severity} />
            </td>
            <td>{field(severity, "respond", "Respond within")}</td>
            <td>{field(severity, "close", "Close within")}</td>
          </tr>
        ))}
      </ShortTable>
      <p className="text-sm text-ink-3">A number with min, h or d: 30 min, 4 h, 2 d. Empty: no deadline.</p>
      {bad ? (
        <p role="alert" className="text-sm text-danger-ink">
          Give times as 30 min, 4 h or 2 d, up to a year.
        </p>
      ) : null}
      {readOnly ? null : (
        <div>
          <Button type="submit" look="primary" busy={change.isPending} disabled={bad || changed.length === 0}>
            Save
          </Button>
        </div>
      )}
    </form>
  );
}

function typedOf(organization: Organization): Typed {
  return Object.fromEntries(
    SEVERITIES.map((each) => {
      const level = organization.service_levels[each];
      return [
        each,
        { respond: minutesText(level?.respond_minutes ?? null), close: minutesText(level?.close_minutes ?? null) },
      ];
    }),
  ) as Typed;
}
