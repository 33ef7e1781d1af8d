"use client";

import { Time } from "@/components/data/time";
import { Value, entityHref } from "@/components/data/value";
import { cn } from "@/lib/cn";
import { visible } from "@/lib/visible";
import { entityOf, textOf } from "./results";

export type OnFilter = (attribute: string, value: unknown, out: boolean) => void;

const MOST = 4;

type Given = {
  name: string;
  value: unknown;
  onFilter: OnFilter;
  /** Those of its event (`user:alice`): a value that is one of them opens its page. */
  entities?: unknown;
};

/** A value of an attribute, as a handle: it narrows the hunt to it, or by it. */
export function Cell({ name, value, onFilter, entities }: Given) {
  if (value === null || value === undefined || value === "") return <span className="text-ink-3">-</span>;
  if (name === "entities" && Array.isArray(value)) return <Entities entities={value.map(String)} onFilter={onFilter} />;
  if ((name === "time" || name === "received_at") && typeof value === "string")
    return <Time value={value} parts="milli" className="font-mono text-[12px] whitespace-nowrap" />;
  if (Array.isArray(value)) {
    const simple = value.filter((each) => each !== null && typeof each !== "object");
    if (simple.length === value.length && simple.length > 0)
      return (
        <span className="flex min-w-0 items-center gap-2" title={visible(textOf(value))}>
          {simple.slice(0, MOST).map((each, at) => (
            <One key={at} name={name} value={each} onFilter={onFilter} entities={entities} />
          ))}
          {simple.length > MOST ? <span className="text-ink-3">+{simple.length - MOST}</span> : null}
        </span>
      );
  }
  if (typeof value === "object")
    return (
      <span className="truncate font-mono text-[12px]" title={visible(textOf(value))}>
        {visible(textOf(value))}
      </span>
    );
  return <One name={name} value={value} onFilter={onFilter} entities={entities} />;
}

function One({ name, value, onFilter, entities }: Given) {
  if (name === "entities") {
    const entity = entityOf(String(value));
    if (entity !== null) return <Entity {...entity} onFilter={onFilter} />;
  }
  const text = textOf(value);
  const entity = Array.isArray(entities)
    ? entities.map((each) => entityOf(String(each))).find((each) => each?.value === text)
    : undefined;
  return (
    <Value
      value={text}
      attribute={name}
      {...(entity ? { entity: entity.type } : {})}
      onFilter={(_, out) => onFilter(name, value, out)}
    />
  );
}

function Entity({ type, value, onFilter }: { type: string; value: string; onFilter: OnFilter }) {
  return <Value value={value} entity={type} onFilter={(_, out) => onFilter("entity", `${type}:${value}`, out)} />;
}

/** Whom and what an event names. */
export function Entities({
  entities,
  onFilter,
  wrap,
}: {
  entities: readonly string[];
  onFilter: OnFilter;
  wrap?: boolean;
}) {
  const found = [...new Set(entities)].map(entityOf).filter((each) => each !== null);
  return (
    <span
      className={cn("flex min-w-0 items-center gap-x-2.5", wrap && "flex-wrap")}
      title={wrap ? undefined : visible(entities.join("\n"))}
    >
      {found.map((each) => (
        <Entity key={entityHref(each.type, each.value)} {...each} onFilter={onFilter} />
      ))}
    </span>
  );
}
