import Link from "next/link";

import { buttonClass } from "@/components/ui/button";

/** There is nothing at this address. */
export function Missing() {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-2 px-6 text-center">
      <h1 className="text-lg font-semibold">There is no page here</h1>
      <p className="max-w-[60ch] text-ink-2">
        The address may be mistyped, or what it named is gone or belongs to another organization.
      </p>
      <Link href="/overview" className={buttonClass("primary")}>
        Go to the overview
      </Link>
    </div>
  );
}
