"use client";

import { Toast } from "radix-ui";
import { X } from "lucide-react";
import { type ReactNode, createContext, useCallback, useContext, useMemo, useRef, useState } from "react";

import { asProblem } from "@/api/problem";
import { IconButton } from "@/components/ui/button";
import { cn } from "@/lib/cn";

type Given = { text: ReactNode; tone?: "good" | "danger"; undo?: () => void };
type Shown = Given & { id: number };

const Context = createContext<(given: Given) => void>(() => undefined);

/** Says that something was done, with a way back where there is one. */
export function useToast(): (given: Given) => void {
  return useContext(Context);
}

/** For `onError` of a mutation: what was tried, and what the api said. */
export function useFailureToast(): (what: string) => (error: unknown) => void {
  const toast = useToast();
  return useCallback(
    (what) => (error) => {
      const problem = asProblem(error);
      toast({
        tone: "danger",
        text: `${what}: ${problem.message}${problem.requestId ? ` (request ${problem.requestId})` : ""}`,
      });
    },
    [toast],
  );
}

export function Toasts({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<Shown[]>([]);
  const next = useRef(1);
  const add = useCallback(
    (given: Given) => setShown((before) => [...before.slice(-3), { ...given, id: next.current++ }]),
    [],
  );
  const remove = useCallback((id: number) => setShown((before) => before.filter((each) => each.id !== id)), []);
  const provider = useMemo(() => add, [add]);
  return (
    <Context.Provider value={provider}>
      <Toast.Provider swipeDirection="right" duration={6000}>
        {children}
        {shown.map((each) => (
          <Toast.Root
            key={each.id}
            type={each.tone === "danger" ? "foreground" : "background"}
            duration={each.tone === "danger" ? 12_000 : 6000}
            onOpenChange={(open) => {
              if (!open) remove(each.id);
            }}
            className={cn(
              "flex items-center gap-2 rounded-lg bg-raised py-2 pr-1.5 pl-3 shadow-float",
              each.tone === "danger" && "text-danger-ink",
            )}
          >
            <Toast.Description className="min-w-0 flex-1 break-words">{each.text}</Toast.Description>
            {each.undo ? (
              <Toast.Action altText="Undo" asChild>
                <button
                  type="button"
                  className="rounded-md px-2 font-medium text-accent-ink hover:bg-hover"
                  onClick={each.undo}
                >
                  Undo
                </button>
              </Toast.Action>
            ) : null}
            <Toast.Close asChild>
              <IconButton small label="Dismiss">
                <X size={14} aria-hidden />
              </IconButton>
            </Toast.Close>
          </Toast.Root>
        ))}
        <Toast.Viewport className="fixed right-3 bottom-3 z-50 flex w-[min(420px,calc(100vw-24px))] flex-col gap-2 outline-none" />
      </Toast.Provider>
    </Context.Provider>
  );
}
