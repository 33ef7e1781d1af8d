"use client";

import { Download, GitMerge, Link2, MessageSquare, MoreHorizontal, PenLine, Printer, Scissors } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { SeverityLabel, StateLabel } from "@/components/data/severity";
import { Time, useNow } from "@/components/data/time";
import { PageHead } from "@/components/shell/page";
import { useMay, useSession } from "@/components/shell/session";
import { useToast } from "@/components/shell/toasts";
import { Button, IconButton } from "@/components/ui/button";
import { Menu, type MenuItem } from "@/components/ui/overlay";
import { counted, words } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { durationText } from "@/lib/time";
import { copyText } from "@/lib/copy";
import { AssignMenu, StateMenu } from "./change-menus";
import { EditDialog, MergeDialog, VerdictDialog } from "./dialogs";
import { type Incident, memberName, useMembers } from "./incident";
import { ServiceLevel } from "./service-level";

type Window = "assign" | "state" | "verdict" | "edit" | "merge" | null;

/** Number, title, what is decided, and what can be done: keys a s v c m. */
export function IncidentHead({ incident, onComment }: { incident: Incident; onComment: () => void }) {
  const may = useMay("analyst");
  const router = useRouter();
  const toast = useToast();
  const [open, setOpen] = useState<Window>(null);
  const merged = incident.redirect_to !== null;
  const able = may && !merged;
  useKeys(
    {
      a: () => setOpen("assign"),
      s: () => setOpen("state"),
      v: () => setOpen("verdict"),
      m: () => setOpen("merge"),
      c: onComment,
    },
    able,
  );
  const shown = (which: Window) => ({
    incident,
    open: open === which,
    onOpenChange: (is: boolean) => setOpen(is ? which : null),
  });
  const path = `/incidents/${incident.incident_id}`;
  const more: MenuItem[] = [
    ...(able
      ? ([
          { label: "Comment", icon: <MessageSquare size={14} aria-hidden />, shortcut: "c", onSelect: onComment },
          {
            label: "Change title or severity",
            icon: <PenLine size={14} aria-hidden />,
            onSelect: () => setOpen("edit"),
          },
          {
            label: "Merge with another incident",
            icon: <GitMerge size={14} aria-hidden />,
            shortcut: "m",
            onSelect: () => setOpen("merge"),
          },
          {
            label: "Choose findings to split off",
            icon: <Scissors size={14} aria-hidden />,
            onSelect: () => router.push(`${path}?tab=findings`),
          },
          "separator",
        ] satisfies MenuItem[])
      : []),
    {
      label: "Copy link",
      icon: <Link2 size={14} aria-hidden />,
      onSelect: () =>
        void copyText(window.location.origin + path).then(
          () => toast({ text: "Link copied" }),
          () => toast({ tone: "danger", text: "The browser did not allow copying" }),
        ),
    },
    { label: "Open report to print", icon: <Printer size={14} aria-hidden />, href: `${path}/report` },
    { label: "Export as JSON", icon: <Download size={14} aria-hidden />, href: `/api/v1${path}/export` },
  ];
  return (
    <>
      <PageHead
        title={
          <span className="flex items-baseline gap-2">
            <span className="font-normal text-ink-3">#{incident.number}</span>
            <span className="min-w-0 text-pretty">{incident.title}</span>
          </span>
        }
        className="[&>h1]:min-w-0 [&>h1]:flex-1 [&>h1]:basis-96"
        actions={
          <>
            {able ? (
              <>
                <AssignMenu {...shown("assign")} />
                <StateMenu {...shown("state")} />
                <Button look="primary" title="Give a verdict (v)" onClick={() => setOpen("verdict")}>
                  {incident.verdict === null ? "Give verdict" : words(incident.verdict)}
                </Button>
              </>
            ) : null}
            <Menu items={more} align="end">
              <IconButton label="More actions">
                <MoreHorizontal size={16} aria-hidden />
              </IconButton>
            </Menu>
          </>
        }
      />
      <Facts incident={incident} />
      {able ? (
        <>
          <VerdictDialog {...shown("verdict")} />
          <EditDialog {...shown("edit")} />
          <MergeDialog {...shown("merge")} />
        </>
      ) : null}
    </>
  );
}

/** What is known and decided, in one line. */
export function Facts({ incident }: { incident: Incident }) {
  const members = useMembers();
  const me = useSession().user_id;
  const now = useNow();
  const assignee = incident.assignee_id === null ? null : members.byId.get(incident.assignee_id);
  const ended = incident.closed_at ? new Date(incident.closed_at) : now;
  const age = ended ? (ended.getTime() - new Date(incident.created_at).getTime()) / 1000 : null;
  return (
    <dl className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-1.5 text-sm [&_dd]:inline-flex [&_dd]:items-center [&_dt]:text-ink-3 [&>div]:flex [&>div]:items-center [&>div]:gap-1.5">
      <div>
        <dt className="sr-only">Severity</dt>
        <dd>
          <SeverityLabel severity={incident.severity} />
          {incident.severity !== incident.computed_severity ? (
            <span className="ml-1 text-ink-3">(worked out: {incident.computed_severity})</span>
          ) : null}
        </dd>
      </div>
      <div>
        <dt className="sr-only">State</dt>
        <dd>
          <StateLabel state={incident.state} />
        </dd>
      </div>
      <div>
        <dt>Verdict</dt>
        <dd>{incident.verdict === null ? "none yet" : words(incident.verdict).toLowerCase()}</dd>
      </div>
      <div>
        <dt>Assignee</dt>
        <dd>
          {incident.assignee_id === null
            ? "nobody"
            : incident.assignee_id === me
              ? "you"
              : assignee
                ? memberName(assignee)
                : members.isPending
                  ? "…"
                  : "a former member"}
        </dd>
      </div>
      <div>
        <dt>Risk</dt>
        <dd>{Math.round(incident.risk)}</dd>
      </div>
      <div>
        <dt>{incident.closed_at ? "Closed after" : "Age"}</dt>
        <dd title={`Opened ${incident.created_at}`}>{age === null ? "…" : durationText(age)}</dd>
      </div>
      <ServiceLevel incident={incident} />
      {incident.first_at && incident.last_at ? (
        <div>
          <dt>Events</dt>
          <dd>
            <Time value={incident.first_at} parts="minute" />
            <span className="px-1 text-ink-3">to</span>
            <Time value={incident.last_at} parts="minute" />
          </dd>
        </div>
      ) : null}
      <div>
        <dt className="sr-only">Size</dt>
        <dd>
          {counted(incident.finding_count, "finding")}, {counted(incident.entities.length, "entity", "entities")}
        </dd>
      </div>
    </dl>
  );
}
