"use client";

import { useCallback, useEffect, useState } from "react";

import { type Problem, asProblem } from "@/api/problem";

/**
 * Sends a form that the api takes only so often: what went wrong, and for how many seconds it takes no more.
 *
 * A success stays busy: the browser is on its way to another page.
 */
export function useAttempt() {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useState(0);

  const waiting = wait > 0;
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => setWait((before) => Math.max(0, before - 1)), 1_000);
    return () => clearInterval(timer);
  }, [waiting]);

  const attempt = useCallback(async (send: () => Promise<void>): Promise<Problem | null> => {
    setBusy(true);
    setProblem(null);
    try {
      await send();
      return null;
    } catch (error) {
      const found = asProblem(error);
      setProblem(found);
      setWait(found.status === 429 ? (found.retryAfterSeconds ?? 0) : 0);
      setBusy(false);
      return found;
    }
  }, []);
  return { attempt, busy, wait, problem, setProblem };
}

/** `40 s`, `2 min 5 s`. */
export function waitText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest ? ` ${rest} s` : ""}`;
}
