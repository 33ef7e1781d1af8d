"use client";

import { useEffect } from "react";

import { NEXT_COOKIE } from "./next-cookie";

/** Goes on to the page that was asked for before an identity provider was; once. */
export function GoOn({ to }: { to: string }) {
  useEffect(() => {
    document.cookie = `${NEXT_COOKIE}=; Path=/; Max-Age=0; SameSite=Lax`;
    window.location.replace(to);
  }, [to]);
  return (
    <main className="p-4">
      <a href={to}>Go on</a>
    </main>
  );
}
