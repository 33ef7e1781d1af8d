"use client";

import { RotateCw } from "lucide-react";
import { useEffect } from "react";

import { Button } from "@/components/ui/button";

/** What is drawn where a page itself broke: the frame stays. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  useEffect(() => console.error(error), [error]);
  return (
    <div role="alert" className="flex flex-1 flex-col items-center justify-center gap-2 px-6 text-center">
      <h1 className="text-lg font-semibold">This page broke</h1>
      <p className="max-w-[60ch] text-ink-2">
        It is a fault of the console; nothing was changed by it. Try again, or go on at another page.
      </p>
      <p className="font-mono text-xs break-all text-ink-3">
        {error.message}
        {error.digest ? ` (${error.digest})` : ""}
      </p>
      <Button onClick={reset}>
        <RotateCw size={14} aria-hidden />
        Try again
      </Button>
    </div>
  );
}
