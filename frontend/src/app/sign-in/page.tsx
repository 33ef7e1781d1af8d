import type { Metadata } from "next";
import { redirect } from "next/navigation";

import { ownPath } from "@/features/sign-in/own-path";
import { SignIn } from "@/features/sign-in/sign-in";
import { identityProviders, setupNeeded } from "@/lib/server/entrance";
import { findSession } from "@/lib/server/session";

export const metadata: Metadata = { title: "Sign in" };

type Given = { searchParams: Promise<{ next?: string | string[]; ended?: string | string[] }> };

export default async function SignInPage({ searchParams }: Given) {
  const given = await searchParams;
  const next = ownPath(typeof given.next === "string" ? given.next : null);
  const found = await findSession();
  if (found.kind === "in") redirect(next);
  const [providers, needed] = await Promise.all([identityProviders(), setupNeeded()]);
  return (
    <SignIn
      next={next}
      providers={providers}
      setupNeeded={needed === true}
      ended={given.ended !== undefined}
      away={found.kind === "away" ? found.why : null}
    />
  );
}
