"use client";

import { useQuery } from "@tanstack/react-query";
import { Copy, Crosshair, Filter, FilterX, UserRound } from "lucide-react";
import Link from "next/link";
import { type KeyboardEvent, createContext, useContext, useState } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { operations } from "@/api/schema";
import { useToast } from "@/components/shell/toasts";
import { HoverCard, Menu, type MenuItem } from "@/components/ui/overlay";
import { cn } from "@/lib/cn";
import { counted } from "@/lib/format";
import { visible } from "@/lib/visible";
import { copyText } from "@/lib/copy";
import { Time } from "./time";

/** `address`, `user`, `host`, ... */
export type EntityType = operations["getEntityByValue"]["parameters"]["query"]["type"];

/** The address of what is known about an entity. */
export const entityHref = (type: string, value: string): string =>
  `/entities/view?${new URLSearchParams({ type, value }).toString()}`;
export type HuntTimes = { from: string; to: string };
/** A hunt for an attribute's value: `src_endpoint.ip = "10.0.0.1"`, within times where they are given. */
export const huntHref = (query: string, times?: HuntTimes | null): string =>
  `/hunt?${new URLSearchParams({ query, ...times }).toString()}`;
/** A text as a literal of the hunting language: a quote is doubled, a backslash is a backslash. */
export const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

const Times = createContext<HuntTimes | null>(null);
/** Within which times the values below are hunted for: those of the event they stand in. */
export const HuntTimesProvider = Times.Provider;

type Given = {
  value: string;
  /** Type of the entity (`address`, `user`, `host`, ...), where the value is one. */
  entity?: string;
  /** OCSF attribute it stands in, where it stands in one: `actor.user.name`. */
  attribute?: string;
  /** Narrow the list it stands in to it, or by it. */
  onFilter?: (value: string, out: boolean) => void;
  /** The list can only be narrowed to it. */
  onlyFor?: boolean;
  className?: string;
  /** What is shown in its place, where it is long. */
  children?: React.ReactNode;
};

/** A value as a handle: hover shows what is known, a click opens its page, `.` or a right click what can be done with it. */
export function Value({ value, entity, attribute, onFilter, onlyFor, className, children }: Given) {
  const [open, setOpen] = useState(false);
  const toast = useToast();
  const times = useContext(Times);
  const query = attribute
    ? `${attribute} = ${quoted(value)}`
    : entity
      ? `entity = ${quoted(`${entity}:${value}`)}`
      : quoted(value);
  const hunt = huntHref(query, times);
  const items: MenuItem[] = [{ heading: visible(value) }];
  if (onFilter) {
    items.push({
      label: "Filter for it",
      icon: <Filter size={14} aria-hidden />,
      onSelect: () => onFilter(value, false),
    });
    if (!onlyFor)
      items.push({
        label: "Filter it out",
        icon: <FilterX size={14} aria-hidden />,
        onSelect: () => onFilter(value, true),
      });
  }
  if (entity)
    items.push({ label: "Open entity", icon: <UserRound size={14} aria-hidden />, href: entityHref(entity, value) });
  items.push({ label: "Hunt for it", icon: <Crosshair size={14} aria-hidden />, href: hunt });
  items.push({
    label: "Copy",
    icon: <Copy size={14} aria-hidden />,
    onSelect: () =>
      void copyText(value).then(
        () => toast({ text: "Copied" }),
        () => toast({ tone: "danger", text: "The browser did not allow copying" }),
      ),
  });
  const shown = cn("min-w-6 truncate rounded-sm font-mono text-[12px] leading-6 hover:underline", className);
  const pressed = (event: KeyboardEvent) => {
    if (event.key === ".") {
      event.preventDefault();
      event.stopPropagation();
      setOpen(true);
    }
  };
  const handle = (
    <Link
      href={entity ? entityHref(entity, value) : hunt}
      prefetch={false}
      data-handle
      title={entity ? undefined : visible(value)}
      className={shown}
      onKeyDown={pressed}
      onContextMenu={(event) => {
        event.preventDefault();
        setOpen(true);
      }}
    >
      {children ?? visible(value)}
    </Link>
  );
  return (
    <span className="relative inline-flex max-w-full min-w-6 items-center">
      {entity ? <HoverCard content={<Known type={entity} value={value} />}>{handle}</HoverCard> : handle}
      {open ? (
        <Menu open onOpenChange={setOpen} items={items}>
          <span aria-hidden className="absolute bottom-0 left-0 size-0" />
        </Menu>
      ) : null}
    </span>
  );
}

function Known({ type, value }: { type: string; value: string }) {
  const known = useQuery({
    queryKey: ["entities", "by-value", type, value],
    queryFn: () =>
      data(api.GET("/api/v1/entities/by-value", { params: { query: { type: type as EntityType, value } } })),
    staleTime: 60_000,
  });
  const problem = known.isError ? asProblem(known.error) : null;
  return (
    <div className="flex flex-col gap-1">
      <p className="font-mono break-all">{visible(value)}</p>
      <p className="text-ink-3">{type}</p>
      {known.data ? (
        <>
          <p>
            Risk {Math.round(known.data.risk)}, {counted(known.data.findings, "finding")},{" "}
            {counted(known.data.incidents.length, "incident")}
          </p>
          <p className="text-ink-2">
            First seen <Time value={known.data.first_seen_at} parts="minute" />, last{" "}
            <Time value={known.data.last_seen_at} relative />
          </p>
        </>
      ) : problem ? (
        <p className="text-ink-2">{problem.status === 404 ? "In no finding yet" : problem.message}</p>
      ) : (
        <div className="skeleton h-4 w-40" />
      )}
    </div>
  );
}

/** A value in mono that is not a handle: an id, a size. */
export const Mono = ({ children, className }: { children: React.ReactNode; className?: string }) => (
  <span className={cn("font-mono text-[12px] break-all", className)}>{children}</span>
);
