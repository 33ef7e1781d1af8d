import { type ReactNode, createContext, useContext } from "react";

const Level = createContext<"h2" | "h3">("h3");
/** Level of the headings within a finding: below a panel's `h2`, or a page's `h1`. */
export const HeadingLevel = Level.Provider;

/** A titled part of a finding. */
export function Part({ title, beside, children }: { title: string; beside?: ReactNode; children: ReactNode }) {
  const level = useContext(Level);
  const look = "font-semibold";
  return (
    <section className="min-w-0 border-t border-line px-4 py-3">
      <div className="mb-2 flex flex-wrap items-baseline gap-x-2">
        {level === "h2" ? <h2 className={look}>{title}</h2> : <h3 className={look}>{title}</h3>}
        <div className="ml-auto flex items-center gap-2 text-sm text-ink-3">{beside}</div>
      </div>
      {children}
    </section>
  );
}
