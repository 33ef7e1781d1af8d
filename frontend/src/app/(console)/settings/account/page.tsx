import type { Metadata } from "next";

import { Account } from "@/features/settings/account";

export const metadata: Metadata = { title: "Your account" };

export default function AccountPage() {
  return <Account />;
}
