"use client";

import { ChevronDown } from "lucide-react";

import { useSession } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Menu, type MenuItem } from "@/components/ui/overlay";
import { words } from "@/lib/format";
import { type Change, type Incident, memberName, useChange, useMembers } from "./incident";

export const STATES: readonly Incident["state"][] = ["new", "triage", "contained", "resolved", "closed"];

type Given = { incident: Incident; open: boolean; onOpenChange: (open: boolean) => void };

/** Changes the incident, says so, and offers the way back. */
export function useSaidChange(incident: Incident) {
  const change = useChange(incident.incident_id);
  const toast = useToast();
  const failed = useFailureToast();
  const apply = (wanted: Change, said: string, back?: Change) =>
    change.mutate(wanted, {
      onSuccess: () => toast({ text: said, ...(back ? { undo: () => apply(back, "It is as it was before") } : {}) }),
      onError: failed("The incident was not changed"),
    });
  return { apply, busy: change.isPending };
}

export function AssignMenu({ incident, open, onOpenChange }: Given) {
  const me = useSession().user_id;
  const members = useMembers();
  const { apply, busy } = useSaidChange(incident);
  const assignee = incident.assignee_id === null ? null : members.byId.get(incident.assignee_id);
  const to = (id: string | null, name: string) => () =>
    apply({ assignee_id: id }, id === null ? "Assigned to nobody" : `Assigned to ${name}`, {
      assignee_id: incident.assignee_id,
    });
  const items: MenuItem[] = [
    { label: "Me", disabled: incident.assignee_id === me, onSelect: to(me, "you") },
    { label: "Nobody", disabled: incident.assignee_id === null, onSelect: to(null, "") },
    "separator",
  ];
  if (members.isError) items.push({ heading: "The members could not be loaded" });
  else if (members.isPending) items.push({ heading: "Loading members" });
  for (const member of members.items)
    if (member.user_id !== me && member.disabled_at === null)
      items.push({
        label: memberName(member),
        disabled: member.user_id === incident.assignee_id,
        onSelect: to(member.user_id, memberName(member)),
      });
  return (
    <Menu items={items} align="end" open={open} onOpenChange={onOpenChange}>
      <Button busy={busy} title="Assign (a)">
        <span className="max-w-40 truncate">
          {incident.assignee_id === null ? "Assign" : assignee ? memberName(assignee) : "Assigned"}
        </span>
        <ChevronDown size={13} aria-hidden />
      </Button>
    </Menu>
  );
}

export function StateMenu({ incident, open, onOpenChange }: Given) {
  const { apply, busy } = useSaidChange(incident);
  const items: MenuItem[] = STATES.map((state) => ({
    label: words(state),
    disabled: state === incident.state,
    onSelect: () => apply({ state }, `State: ${words(state).toLowerCase()}`, { state: incident.state }),
  }));
  return (
    <Menu items={items} align="end" open={open} onOpenChange={onOpenChange}>
      <Button busy={busy} title="Change the state (s)" aria-label={`State: ${words(incident.state)}`}>
        {words(incident.state)}
        <ChevronDown size={13} aria-hidden />
      </Button>
    </Menu>
  );
}
