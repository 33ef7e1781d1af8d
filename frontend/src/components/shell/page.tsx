import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

/** A page's heading line: title, what belongs beside it, and what can be done. */
export function PageHead({
  title,
  beside,
  actions,
  className,
}: {
  title: ReactNode;
  beside?: ReactNode;
  actions?: ReactNode;
  className?: string;
}) {
  return (
    <header
      className={cn(
        "flex min-h-11 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1.5",
        className,
      )}
    >
      <h1 className="text-lg font-semibold">{title}</h1>
      {beside}
      <div className="no-print ml-auto flex flex-wrap items-center gap-2">{actions}</div>
    </header>
  );
}

/** What scrolls under the heading. A region that takes the keyboard, so that arrows scroll it. */
export function PageBody({
  children,
  className,
  label = "Content",
}: {
  children: ReactNode;
  className?: string;
  label?: string;
}) {
  return (
    <div
      role="region"
      aria-label={label}
      tabIndex={0}
      className={cn("min-h-0 flex-1 overflow-y-auto print:overflow-visible", className)}
    >
      {children}
    </div>
  );
}

/** A titled part of a page, apart by a hairline instead of a box. */
export function Section({
  title,
  beside,
  children,
  className,
}: {
  title: ReactNode;
  beside?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section className={cn("min-w-0", className)}>
      <div className="mb-2 flex items-baseline gap-2">
        <h2 className="font-semibold">{title}</h2>
        <div className="ml-auto flex items-center gap-2 text-sm text-ink-3">{beside}</div>
      </div>
      {children}
    </section>
  );
}
