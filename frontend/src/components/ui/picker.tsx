"use client";

import { Command } from "cmdk";
import { Check } from "lucide-react";
import { type ReactNode, useState } from "react";

import { Popover } from "./overlay";
import { cn } from "@/lib/cn";

export type Option = {
  value: string;
  /** What is read and searched. */
  label: string;
  /** Drawn before the label. */
  mark?: ReactNode;
  /** How many there are of it, where that is known. */
  count?: number | null;
  /** A second thing that it is found by. */
  hint?: string;
};

const SEARCHED_FROM = 9;

/**
 * A list to choose from, opened from `trigger`: arrows move, Enter chooses, typing narrows long lists.
 * With `multi` it stays open, and a choice is taken back by choosing it again.
 */
export function Picker({
  label,
  trigger,
  options,
  chosen,
  onChoose,
  multi,
  footer,
  empty = "Nothing to choose from",
  open: openGiven,
  onOpenChange,
  align,
}: {
  label: string;
  trigger: ReactNode;
  options: Option[];
  chosen: readonly string[];
  onChoose: (value: string) => void;
  multi?: boolean;
  footer?: ReactNode;
  /** Said where there are no options: that they are being read, or could not be. */
  empty?: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: "start" | "end";
}) {
  const [openHere, setOpenHere] = useState(false);
  const open = openGiven ?? openHere;
  const setOpen = (next: boolean) => {
    setOpenHere(next);
    onOpenChange?.(next);
  };
  return (
    <Popover
      label={label}
      trigger={trigger}
      open={open}
      onOpenChange={setOpen}
      className="w-64 max-w-[calc(100vw-16px)] p-0"
      {...(align ? { align } : {})}
    >
      <PickerList
        label={label}
        options={options}
        chosen={chosen}
        empty={empty}
        onChoose={(value) => {
          onChoose(value);
          if (!multi) setOpen(false);
        }}
      />
      {footer ? <div className="border-t border-line p-1">{footer}</div> : null}
    </Popover>
  );
}

/** The list itself, for where it does not open from a button. */
export function PickerList({
  label,
  options,
  chosen,
  onChoose,
  empty = "Nothing to choose from",
  search,
}: {
  label: string;
  options: Option[];
  chosen: readonly string[];
  onChoose: (value: string) => void;
  empty?: ReactNode;
  /** Show the field to type in for short lists too. */
  search?: boolean;
}) {
  const searched = search || options.length >= SEARCHED_FROM;
  return (
    <Command label={label} loop className="outline-none">
      <Command.Input
        // The list was opened to choose from it.
        autoFocus
        placeholder={`${label} …`}
        className={cn(
          "h-8 w-full border-b border-line bg-transparent px-3 outline-none placeholder:text-ink-3",
          // Without a place to type the field still takes the keyboard for the list.
          !searched && "sr-only",
        )}
      />
      <Command.List className="max-h-[50vh] overflow-y-auto p-1" label={label}>
        <Command.Empty className="px-2 py-2 text-ink-2">
          {options.length === 0 ? empty : "Nothing has this name"}
        </Command.Empty>
        {options.map((option) => {
          const on = chosen.includes(option.value);
          return (
            <Command.Item
              key={option.value}
              value={option.value}
              keywords={[option.label, option.hint ?? ""]}
              onSelect={() => onChoose(option.value)}
              className="flex min-h-7 cursor-pointer items-center gap-2 rounded-sm px-2 data-[selected=true]:bg-hover"
            >
              <Check size={14} className={cn("shrink-0", on ? "text-accent-ink" : "invisible")} aria-hidden />
              {option.mark}
              <span className="min-w-0 flex-1 truncate">
                {option.label}
                {on ? <span className="sr-only"> (chosen)</span> : null}
              </span>
              {option.count !== undefined && option.count !== null ? (
                <span className="text-sm text-ink-3">{option.count}</span>
              ) : null}
            </Command.Item>
          );
        })}
      </Command.List>
    </Command>
  );
}
