import type { Metadata, Viewport } from "next";
import { cookies, headers } from "next/headers";
import type { ReactNode } from "react";

import "./globals.css";
import { Nonce } from "@/components/shell/nonce";

export const metadata: Metadata = {
  title: { default: "Mini-XDR", template: "%s · Mini-XDR" },
  description: "Detection and response for teams on AWS",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

/** The theme is in a cookie, so that the first paint has it; without one the system's is taken. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = (await cookies()).get("theme")?.value;
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    <html lang="en" data-theme={theme === "light" || theme === "dark" ? theme : undefined} suppressHydrationWarning>
      <body className="bg-canvas text-base text-ink antialiased">
        <Nonce nonce={nonce}>{children}</Nonce>
      </body>
    </html>
  );
}
