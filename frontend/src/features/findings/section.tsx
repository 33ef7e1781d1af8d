import type { ReactNode } from "react";

/** A titled part of a finding; a heading below the panel's or the page's. */
export function Part({ title, beside, children }: { title: string; beside?: ReactNode; children: ReactNode }) {
  return (
    <section className="min-w-0 border-t border-line px-4 py-3">
      <div className="mb-2 flex flex-wrap items-baseline gap-x-2">
        <h3 className="font-semibold">{title}</h3>
        <div className="ml-auto flex items-center gap-2 text-sm text-ink-3">{beside}</div>
      </div>
      {children}
    </section>
  );
}
