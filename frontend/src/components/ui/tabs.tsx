"use client";

import Link from "next/link";
import { type ReactNode, useEffect, useRef } from "react";

import { cn } from "@/lib/cn";

export type TabLink = { href: string; label: ReactNode; active: boolean; count?: number | null };

/** Tabs that are addresses: each can be linked to and gone back to. The active one is brought into sight where not all fit. */
export function TabLinks({ label, tabs, className }: { label: string; tabs: TabLink[]; className?: string }) {
  const bar = useRef<HTMLElement>(null);
  const active = tabs.find((tab) => tab.active)?.href;
  useEffect(() => {
    bar.current
      ?.querySelector<HTMLElement>('[aria-current="page"]')
      ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active]);
  return (
    <nav
      ref={bar}
      aria-label={label}
      className={cn("no-print flex shrink-0 gap-4 overflow-x-auto border-b border-line px-4", className)}
    >
      {tabs.map((tab) => (
        <Link
          key={tab.href}
          href={tab.href}
          scroll={false}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
            if (new URL(tab.href, window.location.href).pathname !== window.location.pathname) return;
            // Only the page's state changes: the server need not be asked.
            event.preventDefault();
            window.history.pushState(null, "", tab.href);
          }}
          aria-current={tab.active ? "page" : undefined}
          className={cn(
            "-mb-px flex h-9 items-center gap-1.5 border-b-2 whitespace-nowrap",
            tab.active ? "border-accent font-medium text-ink" : "border-transparent text-ink-2 hover:text-ink",
          )}
        >
          {tab.label}
          {tab.count !== undefined && tab.count !== null ? (
            <span className="rounded-sm bg-hover px-1 text-xs text-ink-2">{tab.count}</span>
          ) : null}
        </Link>
      ))}
    </nav>
  );
}
