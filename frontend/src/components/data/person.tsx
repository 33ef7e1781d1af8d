"use client";

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";

import { type Schema, api, data } from "@/api/client";
import { useSession } from "@/components/shell/session";
import { type Option, Picker } from "@/components/ui/picker";
import { cn } from "@/lib/cn";

export type Person = Schema<"Member">;

/** The organization's members, by name; read once for the page. */
export function usePeople() {
  const query = useQuery({
    queryKey: ["members"],
    queryFn: () => data(api.GET("/api/v1/members")),
    staleTime: 5 * 60_000,
  });
  const people = useMemo(
    () => [...(query.data?.items ?? [])].sort((one, two) => one.name.localeCompare(two.name)),
    [query.data],
  );
  const byId = useMemo(() => new Map(people.map((person) => [person.user_id, person])), [people]);
  return { people, byId, loading: query.isPending, failed: query.isError };
}

/** The first letters of the first and the last part of a name. */
export function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  const first = Array.from(parts[0] ?? "")[0] ?? "?";
  const last = parts.length > 1 ? (Array.from(parts[parts.length - 1] ?? "")[0] ?? "") : "";
  return (first + last).toUpperCase();
}

/** Somebody's name with the initials before it; `short`: the initials alone. Null is nobody. */
export function PersonName({ id, short, className }: { id: string | null; short?: boolean; className?: string }) {
  const { byId, loading } = usePeople();
  const session = useSession();
  if (id === null) return <span className={cn("text-ink-3", className)}>Nobody</span>;
  const person = byId.get(id);
  const name = person?.name ?? (loading ? "" : "Former member");
  const mine = id === session.user_id;
  return (
    <span
      className={cn("inline-flex min-w-0 items-center gap-1.5", className)}
      title={person ? `${person.name} (${person.email})` : name}
    >
      <span
        aria-hidden
        className={cn(
          "inline-flex size-5 shrink-0 items-center justify-center rounded-full text-[10px] font-semibold",
          mine ? "bg-accent text-on-accent" : "bg-hover text-ink-2",
        )}
      >
        {name === "" ? "" : initials(name)}
      </span>
      <span className={short ? "sr-only" : "min-w-0 truncate"}>{name}</span>
    </span>
  );
}

/** Chooses a member to whom something is given, oneself first, or nobody (null). Members who cannot work on it (viewers) are left out. */
export function PersonPicker({
  label = "Assignee",
  trigger,
  chosen,
  onChoose,
  open,
  onOpenChange,
  align,
}: {
  label?: string;
  trigger: ReactNode;
  chosen: string | null | undefined;
  onChoose: (userId: string | null) => void;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: "start" | "end";
}) {
  const { people, failed } = usePeople();
  const { user_id: me } = useSession();
  const able = people.filter((person) => person.role !== "viewer" && person.disabled_at === null);
  const options: Option[] = [
    ...able
      .filter((person) => person.user_id === me)
      .map((person) => ({ value: person.user_id, label: `${person.name} (me)`, hint: `${person.email} me` })),
    { value: "none", label: "Nobody" },
    ...able
      .filter((person) => person.user_id !== me)
      .map((person) => ({ value: person.user_id, label: person.name, hint: person.email })),
  ];
  return (
    <Picker
      label={label}
      trigger={trigger}
      options={options}
      chosen={chosen === undefined ? [] : [chosen ?? "none"]}
      onChoose={(value) => onChoose(value === "none" ? null : value)}
      footer={failed ? <p className="px-2 py-1 text-danger-ink">The members could not be loaded</p> : null}
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange ? { onOpenChange } : {})}
      {...(align ? { align } : {})}
    />
  );
}
