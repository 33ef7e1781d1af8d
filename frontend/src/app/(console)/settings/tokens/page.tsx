import type { Metadata } from "next";

import { TokensSettings } from "@/features/settings/tokens";

export const metadata: Metadata = { title: "Tokens" };

export default function TokensPage() {
  return <TokensSettings />;
}
