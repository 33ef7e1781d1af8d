import type { Metadata } from "next";

import { Invitation } from "@/features/sign-in/invitation";
import { Outside } from "@/features/sign-in/outside";
import { findSession } from "@/lib/server/session";

export const metadata: Metadata = { title: "Invitation" };

export default async function InvitationPage() {
  const found = await findSession();
  if (found.kind === "away")
    return (
      <Outside title="The api does not answer">
        <p className="text-ink-2">{found.why} Your link stays good: load this page again in a moment.</p>
      </Outside>
    );
  return <Invitation person={found.kind === "in" ? { email: found.session.email } : null} />;
}
