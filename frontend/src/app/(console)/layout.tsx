import { headers } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";

import { Frame } from "@/components/shell/frame";
import { Away } from "@/components/shell/away";
import { findSession } from "@/lib/server/session";

/** The frame around every page of somebody who is signed in. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const found = await findSession();
  if (found.kind === "away") return <Away why={found.why} />;
  if (found.kind === "out") {
    const path = (await headers()).get("x-path") ?? "/";
    redirect(path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`);
  }
  return <Frame session={found.session}>{children}</Frame>;
}
