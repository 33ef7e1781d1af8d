"use client";

import { ChevronDown, Search, X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { type Option, Picker } from "@/components/ui/picker";
import { type Change, useAddress } from "@/lib/address";
import { cn } from "@/lib/cn";
import { filterAddress, filterValues } from "@/lib/filters";
import { useKeys } from "@/lib/keys";
import { localText } from "@/lib/time";
import { usePeople } from "./person";

export { ANY, filterAddress, filterValues } from "@/lib/filters";
export type { Option } from "@/components/ui/picker";

/** The line of filters over a list: it wraps, each filter is in the address. */
export function FilterBar({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div
      role="search"
      aria-label="Filters"
      className={cn("no-print flex flex-wrap items-center gap-1.5 border-b border-line px-4 py-1.5", className)}
    >
      {children}
    </div>
  );
}

/** A chip: its name, what is chosen, and a button that takes the choice away. */
function Chip({
  label,
  value,
  onClear,
  children,
}: {
  label: string;
  value: string | null;
  onClear: () => void;
  children: (trigger: ReactNode) => ReactNode;
}) {
  return (
    <span
      className={cn(
        "inline-flex h-7 max-w-full items-center rounded-md border",
        value === null ? "border-line-strong" : "border-accent bg-accent-soft",
      )}
    >
      {children(
        <button
          type="button"
          aria-label={value === null ? `Filter by ${label.toLowerCase()}` : undefined}
          className="inline-flex h-full min-w-0 items-center gap-1 rounded-md px-2 hover:bg-hover"
        >
          <span className="text-ink-2">{label}</span>
          {value === null ? (
            <ChevronDown size={13} className="text-ink-3" aria-hidden />
          ) : (
            <>
              <span className="sr-only">: </span>
              <span className="max-w-48 truncate font-medium">{value}</span>
            </>
          )}
        </button>,
      )}
      {value === null ? null : (
        <button
          type="button"
          aria-label={`Take the filter ${label.toLowerCase()} away`}
          className="flex h-full items-center rounded-md px-1.5 text-ink-2 hover:bg-hover hover:text-ink"
          onClick={onClear}
        >
          <X size={13} aria-hidden />
        </button>
      )}
    </span>
  );
}

/** Some of a few values: `?severity=critical&severity=high`. With `single` one at a time. */
export function ChoiceFilter({
  name,
  label,
  options,
  single,
  defaults = [],
  defaultsLabel,
  empty,
  onOpenChange,
}: {
  name: string;
  label: string;
  options: Option[];
  single?: boolean;
  /** What holds where the address says nothing. */
  defaults?: readonly string[];
  /** What the default is called: "Open". */
  defaultsLabel?: string;
  empty?: ReactNode;
  /** To read counts when the list is opened. */
  onOpenChange?: (open: boolean) => void;
}) {
  const { all, push } = useAddress();
  const given = all(name);
  const values = filterValues(given, defaults);
  const put = (next: readonly string[]) => push({ [name]: filterAddress(next, defaults) });
  const choose = (value: string) => {
    const on = values.includes(value);
    put(single ? (on ? [] : [value]) : on ? values.filter((each) => each !== value) : [...values, value]);
  };
  const names = values.map((value) => options.find((option) => option.value === value)?.label ?? value);
  const isDefault = given.length === 0 && defaults.length > 0;
  const shown =
    values.length === 0
      ? null
      : isDefault && defaultsLabel
        ? defaultsLabel
        : names.length > 2
          ? `${names.slice(0, 2).join(", ")} +${names.length - 2}`
          : names.join(", ");
  return (
    <Chip label={label} value={shown} onClear={() => put([])}>
      {(trigger) => (
        <Picker
          label={label}
          trigger={trigger}
          options={options}
          chosen={values}
          onChoose={choose}
          multi={!single}
          {...(empty !== undefined ? { empty } : {})}
          {...(onOpenChange ? { onOpenChange } : {})}
        />
      )}
    </Chip>
  );
}

/** A text that is looked for while it is typed; `/` goes to it. */
export function TextFilter({
  name = "text",
  label,
  className,
  second,
}: {
  name?: string;
  label: string;
  className?: string;
  /** Beside another one, which has the key. */
  second?: boolean;
}) {
  const { get, set } = useAddress();
  const there = get(name);
  const [typed, setTyped] = useState(there);
  const [seen, setSeen] = useState(there);
  const field = useRef<HTMLInputElement>(null);
  if (there !== seen) {
    // The address changed by another way: going back, a saved view.
    setSeen(there);
    setTyped(there);
  }
  useEffect(() => {
    const text = typed.trim();
    if (text === there) return;
    const timer = setTimeout(() => {
      setSeen(text);
      set({ [name]: text });
    }, 250);
    return () => clearTimeout(timer);
  }, [typed, there, name, set]);
  useKeys({ "/": () => field.current?.focus() }, !second);
  return (
    <div className={cn("relative w-56 max-w-full", className)}>
      <Search size={14} className="pointer-events-none absolute top-1.5 left-2 text-ink-3" aria-hidden />
      <Input
        ref={field}
        type="search"
        aria-label={label}
        title={second ? label : `${label} (/)`}
        placeholder={label}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (typed !== "") setTyped("");
          else event.currentTarget.blur();
          event.stopPropagation();
        }}
        className="pl-7"
      />
    </div>
  );
}

/** A member, "Me" or "Nobody": `?assignee=me`. */
export function PersonFilter({
  name,
  label,
  counts,
}: {
  name: string;
  label: string;
  counts?: Record<string, number>;
}) {
  const { people, failed } = usePeople();
  const of = (value: string) => (counts ? { count: counts[value] ?? 0 } : {});
  const options: Option[] = [
    { value: "me", label: "Me" },
    { value: "none", label: "Nobody", ...of("none") },
    ...people.map((person) => ({
      value: person.user_id,
      label: person.name,
      hint: person.email,
      ...of(person.user_id),
    })),
  ];
  return (
    <ChoiceFilter
      name={name}
      label={label}
      options={options}
      single
      empty={failed ? "The members could not be loaded" : "Loading members …"}
    />
  );
}

/** Shows a filter that was chosen elsewhere (an entity, a technique), with a way to take it away; nothing where the address has none. */
export function FixedFilter({
  name,
  label,
  also = [],
  show,
}: {
  name: string;
  label: string;
  /** Parameters that go with it. */
  also?: string[];
  show?: (value: string) => string;
}) {
  const { get, push } = useAddress();
  const value = get(name);
  if (value === "") return null;
  const nothing: Change = Object.fromEntries([name, ...also].map((each) => [each, null]));
  return (
    <span className="inline-flex h-7 max-w-full items-center rounded-md border border-accent bg-accent-soft pl-2">
      <span className="text-ink-2">{label}</span>
      <span className="ml-1 max-w-64 truncate font-medium" title={value}>
        {show ? show(value) : value}
      </span>
      <button
        type="button"
        aria-label={`Take the filter ${label.toLowerCase()} away`}
        className="flex h-full items-center rounded-md px-1.5 text-ink-2 hover:bg-hover hover:text-ink"
        onClick={() => push(nothing)}
      >
        <X size={13} aria-hidden />
      </button>
    </span>
  );
}

/** How a time in the address is shown in a chip. */
export const shownTime = (value: string): string => localText(value, "minute");

/** Takes all filters away; nothing where there are none. */
export function ClearFilters({ names }: { names: readonly string[] }) {
  const { all, push } = useAddress();
  if (!names.some((name) => all(name).length > 0)) return null;
  return (
    <Button look="quiet" small onClick={() => push(Object.fromEntries(names.map((name) => [name, null])))}>
      Clear filters
    </Button>
  );
}
