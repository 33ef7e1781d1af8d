import Link from "next/link";
import type { ReactNode } from "react";

export const TextLink = ({ href, children }: { href: string; children: ReactNode }) => (
  <Link href={href} className="text-sm text-accent-ink hover:underline">
    {children}
  </Link>
);
