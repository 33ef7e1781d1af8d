"use client";

import { Plus } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

import { PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { buttonClass } from "@/components/ui/button";
import { TabLinks } from "@/components/ui/tabs";

const TABS = [
  ["/sources", "Log sources"],
  ["/sources/completeness", "Completeness"],
  ["/sources/receipts", "Receipts"],
  ["/sources/dead-letters", "Dead letters"],
  ["/sources/buckets", "S3 buckets"],
] as const;

/** Heading and tabs of all pages about what comes in. */
export function SourcesFrame({ actions, children }: { actions?: ReactNode; children: ReactNode }) {
  const path = usePathname();
  const admin = useMay("admin");
  return (
    <>
      <PageHead
        title="Sources"
        actions={
          <>
            {actions}
            {admin ? (
              <Link href="/sources/add" className={buttonClass("primary")}>
                <Plus size={14} aria-hidden />
                Add a source
              </Link>
            ) : null}
          </>
        }
      />
      <TabLinks
        label="Sources"
        className="shrink-0"
        tabs={[...TABS, ...(admin ? [["/sources/tokens", "Ingest tokens"] as const] : [])].map(([href, label]) => ({
          href,
          label,
          active: path === href,
        }))}
      />
      {children}
    </>
  );
}
