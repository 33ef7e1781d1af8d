import type { Metadata } from "next";

import { SignInSettings } from "@/features/settings/sign-in";

export const metadata: Metadata = { title: "Sign-in" };

export default function SignInSettingsPage() {
  return <SignInSettings />;
}
