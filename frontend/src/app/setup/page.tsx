import type { Metadata } from "next";
import Link from "next/link";

import { buttonClass } from "@/components/ui/button";
import { Outside } from "@/features/sign-in/outside";
import { Setup } from "@/features/sign-in/setup";
import { setupNeeded } from "@/lib/server/entrance";

export const metadata: Metadata = { title: "Set up" };

export default async function SetupPage() {
  const needed = await setupNeeded();
  if (needed === null)
    return (
      <Outside title="The api does not answer">
        <p className="text-ink-2">
          Whether this installation is to be set up could not be read. See that the api runs, then load this page again.
        </p>
      </Outside>
    );
  if (needed) return <Setup />;
  return (
    <Outside title="Set up already">
      <p className="mb-4 text-ink-2">
        This installation has an organization. Sign in, or ask one of its administrators for an invitation.
      </p>
      <Link href="/sign-in" className={buttonClass("primary")}>
        Sign in
      </Link>
    </Outside>
  );
}
