import type { ReactNode } from "react";

import { PageBody } from "@/components/shell/page";
import { cn } from "@/lib/cn";

/** The content of a settings page: parts under each other, apart by hairlines. */
export function Parts({ label, children }: { label: string; children: ReactNode }) {
  return (
    <PageBody label={`Settings: ${label}`}>
      <div className="max-w-[1120px] divide-y divide-line px-4">{children}</div>
    </PageBody>
  );
}

/** One matter: what it is on the left, what can be done on the right. */
export function Part({
  title,
  about,
  children,
  wide,
}: {
  title: ReactNode;
  about?: ReactNode;
  children: ReactNode;
  /** For tables: the words stand above. */
  wide?: boolean;
}) {
  return (
    <section className={cn("grid min-w-0 gap-x-8 gap-y-3 py-5", !wide && "lg:grid-cols-[300px_minmax(0,1fr)]")}>
      <div>
        <h2 className="font-semibold">{title}</h2>
        {about ? <div className="mt-1 max-w-[70ch] text-ink-2">{about}</div> : null}
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  );
}
