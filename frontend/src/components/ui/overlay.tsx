"use client";

import {
  Dialog as RadixDialog,
  DropdownMenu,
  HoverCard as RadixHoverCard,
  Popover as RadixPopover,
  Tooltip as RadixTooltip,
} from "radix-ui";
import { X } from "lucide-react";
import type { ReactNode } from "react";

import { Button, IconButton } from "./button";
import { cn } from "@/lib/cn";

const FLOAT = "z-50 rounded-lg bg-raised text-ink shadow-float";

/** A window over the page that takes the keyboard until it is closed. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  wide,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
}) {
  return (
    <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="fixed inset-0 z-40 bg-[rgb(10_14_22/0.45)]" />
        <RadixDialog.Content
          className={cn(
            FLOAT,
            "fixed top-[8vh] left-1/2 flex max-h-[84vh] w-[calc(100vw-24px)] -translate-x-1/2 flex-col outline-none",
            wide ? "max-w-[960px]" : "max-w-[520px]",
          )}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className="flex items-start gap-3 px-4 pt-3.5 pb-2">
            <div className="min-w-0 flex-1">
              <RadixDialog.Title className="text-lg font-semibold">{title}</RadixDialog.Title>
              {description ? (
                <RadixDialog.Description className="mt-1 text-ink-2">{description}</RadixDialog.Description>
              ) : null}
            </div>
            <RadixDialog.Close asChild>
              <IconButton label="Close" shortcut="Esc">
                <X size={16} aria-hidden />
              </IconButton>
            </RadixDialog.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-4 py-2">{children}</div>
          {footer ? <footer className="flex justify-end gap-2 border-t border-line px-4 py-3">{footer}</footer> : null}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

/** Asks before something that destroys or reaches outside: says what will happen and how it is undone. */
export function Confirm({
  open,
  onOpenChange,
  title,
  children,
  verb,
  danger,
  busy,
  onConfirm,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  children: ReactNode;
  verb: string;
  danger?: boolean;
  busy?: boolean;
  onConfirm: () => void;
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button look={danger ? "danger" : "primary"} busy={busy} onClick={onConfirm}>
            {verb}
          </Button>
        </>
      }
    >
      <div className="pb-2 text-ink-2">{children}</div>
    </Dialog>
  );
}

export type MenuItem =
  | {
      label: string;
      onSelect: () => void;
      icon?: ReactNode;
      shortcut?: string;
      danger?: boolean;
      disabled?: boolean;
      href?: undefined;
    }
  | {
      label: string;
      href: string;
      icon?: ReactNode;
      shortcut?: string;
      danger?: undefined;
      disabled?: boolean;
      onSelect?: undefined;
    }
  | "separator"
  | { heading: string };

/** A menu that opens from `children` (one element that takes a ref). */
export function Menu({
  children,
  items,
  align = "start",
  open,
  onOpenChange,
}: {
  children: ReactNode;
  items: MenuItem[];
  align?: "start" | "end";
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}) {
  return (
    <DropdownMenu.Root
      modal={false}
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange ? { onOpenChange } : {})}
    >
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={cn(FLOAT, "max-h-[70vh] min-w-44 overflow-y-auto p-1")}
        >
          {items.map((item, index) => {
            if (item === "separator") return <DropdownMenu.Separator key={index} className="my-1 h-px bg-line" />;
            if ("heading" in item)
              return (
                <DropdownMenu.Label key={index} className="max-w-80 truncate px-2 py-1 text-sm text-ink-3">
                  {item.heading}
                </DropdownMenu.Label>
              );
            const look = cn(
              "flex h-7 cursor-pointer items-center gap-2 rounded-sm px-2 outline-none data-highlighted:bg-hover data-disabled:opacity-50",
              item.danger && "text-danger-ink",
            );
            const inner = (
              <>
                {item.icon}
                <span className="flex-1 truncate">{item.label}</span>
                {item.shortcut ? <Kbd>{item.shortcut}</Kbd> : null}
              </>
            );
            return item.href !== undefined ? (
              <DropdownMenu.Item key={index} asChild disabled={item.disabled}>
                <a href={item.href} className={look}>
                  {inner}
                </a>
              </DropdownMenu.Item>
            ) : (
              <DropdownMenu.Item key={index} disabled={item.disabled} onSelect={item.onSelect} className={look}>
                {inner}
              </DropdownMenu.Item>
            );
          })}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function Popover({
  trigger,
  children,
  align = "start",
  open,
  onOpenChange,
  className,
  label,
}: {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "center" | "end";
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  className?: string;
  label: string;
}) {
  return (
    <RadixPopover.Root {...(open === undefined ? {} : { open })} {...(onOpenChange ? { onOpenChange } : {})}>
      <RadixPopover.Trigger asChild>{trigger}</RadixPopover.Trigger>
      <RadixPopover.Portal>
        <RadixPopover.Content
          aria-label={label}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={cn(FLOAT, "outline-none", className ?? "p-3")}
        >
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  );
}

/** What hovering shows; nothing in it is needed to use the page. */
export function HoverCard({
  children,
  content,
  className,
}: {
  children: ReactNode;
  content: ReactNode;
  className?: string;
}) {
  return (
    <RadixHoverCard.Root openDelay={350} closeDelay={120}>
      <RadixHoverCard.Trigger asChild>{children}</RadixHoverCard.Trigger>
      <RadixHoverCard.Portal>
        <RadixHoverCard.Content
          sideOffset={4}
          collisionPadding={8}
          className={cn(FLOAT, "max-w-96 p-3 text-sm", className)}
        >
          {content}
        </RadixHoverCard.Content>
      </RadixHoverCard.Portal>
    </RadixHoverCard.Root>
  );
}

export function Tooltip({ children, text }: { children: ReactNode; text: ReactNode }) {
  return (
    <RadixTooltip.Root delayDuration={350}>
      <RadixTooltip.Trigger asChild>{children}</RadixTooltip.Trigger>
      <RadixTooltip.Portal>
        <RadixTooltip.Content sideOffset={4} collisionPadding={8} className={cn(FLOAT, "max-w-80 px-2 py-1 text-sm")}>
          {text}
        </RadixTooltip.Content>
      </RadixTooltip.Portal>
    </RadixTooltip.Root>
  );
}

/** A key, as shown beside what it does. */
export const Kbd = ({ children }: { children: ReactNode }) => (
  <kbd className="rounded-sm border border-line-strong bg-sunken px-1 font-sans text-xs text-ink-2">{children}</kbd>
);
