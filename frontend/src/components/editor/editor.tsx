"use client";

import dynamic from "next/dynamic";
import type { Ref } from "react";

import { cn } from "@/lib/cn";
import type { EditorGiven, EditorHandle } from "./given";

export type { EditorHandle };

const Loaded = dynamic(() => import("./code-mirror"), {
  ssr: false,
  loading: () => <div role="status" aria-label="Loading the editor" className="skeleton absolute inset-0" />,
});

/**
 * A text editor for code, loaded when it is shown.
 *
 *     <Editor label="Rule" language="yaml" lineNumbers value={text} onChange={setText} onSubmit={check} className="h-96" />
 *
 * Escape and then Tab leaves it. A part with extensions of its own (lint, completion) imports `code-mirror.tsx` and is itself loaded by `next/dynamic`.
 */
export function Editor({ className, ...given }: EditorGiven & { handle?: Ref<EditorHandle> }) {
  return (
    <div className={cn("relative min-h-8", className)}>
      <Loaded {...given} className="h-full max-h-[inherit] min-h-[inherit]" />
    </div>
  );
}
