"use client";

import { RotateCw } from "lucide-react";

import { Button } from "@/components/ui/button";

/** Over a long list: it has changed since it was read, and is read anew when that is asked for. Its parent is `relative`. */
export function Outdated({
  list,
  what,
  onRenew,
}: {
  list: { outdated: boolean; renew: () => void };
  what: string;
  onRenew?: () => void;
}) {
  if (!list.outdated) return null;
  return (
    <div role="status" className="absolute inset-x-0 top-8 z-20 flex justify-center">
      <Button
        look="primary"
        small
        className="shadow-float"
        onClick={() => {
          list.renew();
          onRenew?.();
          document.querySelector('[role="grid"]')?.scrollTo({ top: 0 });
        }}
      >
        <RotateCw size={13} aria-hidden />
        {what} changed, refresh
      </Button>
    </div>
  );
}
