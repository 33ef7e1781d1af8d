"use client";

import { Maximize2, X } from "lucide-react";
import Link from "next/link";
import { type PointerEvent, type ReactNode, useEffect, useRef, useState } from "react";

import { IconButton } from "@/components/ui/button";
import { useKeys } from "@/lib/keys";

const LEAST = 360;

/** Detail beside a list: its address is the list's with one more parameter, its width is dragged, Escape closes it. Over the list on narrow screens. */
export function SidePanel({
  title,
  onClose,
  pageHref,
  actions,
  children,
}: {
  title: ReactNode;
  onClose: () => void;
  pageHref?: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const [width, setWidth] = useState(560);
  const panel = useRef<HTMLElement>(null);

  useEffect(() => {
    const kept = Number(localStorage.getItem("side-panel-width"));
    // eslint-disable-next-line react-hooks/set-state-in-effect -- what this browser keeps is not known to the server
    if (kept >= LEAST) setWidth(Math.min(kept, window.innerWidth * 0.8));
  }, []);
  useKeys({ Escape: onClose });

  const drag = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const move = (at: globalThis.PointerEvent) => {
      const next = Math.max(LEAST, Math.min(window.innerWidth * 0.8, window.innerWidth - at.clientX));
      setWidth(next);
      localStorage.setItem("side-panel-width", String(Math.round(next)));
    };
    const target = event.currentTarget;
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", () => target.removeEventListener("pointermove", move), { once: true });
  };

  return (
    <aside
      ref={panel}
      aria-label="Detail"
      className="fixed inset-y-0 right-0 z-30 flex w-full flex-col border-l border-line bg-surface max-lg:shadow-float lg:relative lg:z-0 lg:h-full lg:w-(--panel) lg:shrink-0"
      style={{ "--panel": `${width}px` } as React.CSSProperties}
    >
      <div
        aria-hidden
        onPointerDown={drag}
        className="absolute inset-y-0 -left-1 hidden w-2 cursor-col-resize touch-none lg:block"
      />
      <header className="flex min-h-10 items-center gap-1 border-b border-line py-1 pr-1.5 pl-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{title}</h2>
        {actions}
        {pageHref ? (
          <Link
            href={pageHref}
            aria-label="Open as a page"
            title="Open as a page"
            className="inline-flex size-7 items-center justify-center rounded-md text-ink-2 hover:bg-hover"
          >
            <Maximize2 size={14} aria-hidden />
          </Link>
        ) : null}
        <IconButton label="Close" shortcut="Esc" onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {}
      <div className="min-h-0 flex-1 overflow-y-auto" tabIndex={0} role="region" aria-label="Detail's content">
        {children}
      </div>
    </aside>
  );
}
