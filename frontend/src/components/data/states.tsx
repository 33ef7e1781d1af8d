"use client";

import { CircleAlert, RotateCw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { asProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

/** What would be here, and the one step to get it. Only for answers that came and were empty. */
export function Empty({
  title,
  children,
  action,
  className,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}) {
  return (
    <div className={cn("flex flex-col items-center gap-2 px-6 py-12 text-center", className)}>
      <p className="font-medium">{title}</p>
      {children ? <div className="max-w-[60ch] text-ink-2">{children}</div> : null}
      {action ? <div className="mt-1">{action}</div> : null}
    </div>
  );
}

/** What failed, the request's id, and what to do. Never drawn as emptiness. */
export function Failure({
  error,
  what,
  onRetry,
  className,
}: {
  error: unknown;
  what: string;
  onRetry?: () => void;
  className?: string;
}) {
  const problem = asProblem(error);
  return (
    <div role="alert" className={cn("flex flex-col items-center gap-2 px-6 py-10 text-center", className)}>
      <CircleAlert size={20} className="text-danger-ink" aria-hidden />
      <p className="font-medium">{what} could not be loaded</p>
      <p className="max-w-[60ch] text-ink-2">{problem.message}</p>
      {problem.requestId ? <p className="font-mono text-xs text-ink-3">request {problem.requestId}</p> : null}
      {onRetry ? (
        <Button small onClick={onRetry}>
          <RotateCw size={13} aria-hidden />
          Try again
        </Button>
      ) : null}
    </div>
  );
}

/** A line over data that stays: it is old, or not all of it came. */
export function Notice({
  tone = "warn",
  children,
  action,
  className,
}: {
  tone?: "warn" | "danger" | "good" | "neutral";
  children: ReactNode;
  action?: ReactNode;
  className?: string;
}) {
  const look = {
    warn: "bg-warn-soft text-warn-ink",
    danger: "bg-danger-soft text-danger-ink",
    good: "bg-good-soft text-good-ink",
    neutral: "bg-sunken text-ink-2",
  }[tone];
  return (
    <div
      role={tone === "danger" ? "alert" : "status"}
      className={cn("flex items-center gap-2 rounded-md px-3 py-1.5", look, className)}
    >
      {tone === "warn" || tone === "danger" ? <TriangleAlert size={14} className="shrink-0" aria-hidden /> : null}
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </div>
  );
}

/** Grey bars in the shape of what comes. */
export function Skeleton({ lines = 3, className }: { lines?: number; className?: string }) {
  return (
    <div role="status" aria-label="Loading" className={cn("flex flex-col gap-2", className)}>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="skeleton h-4" style={{ width: `${92 - ((index * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

/**
 * Draws a query: skeleton, failure, or what came; where a refresh failed the old data stays under a notice.
 *
 *     <Loaded query={incident} what="The incident">{(incident) => ...}</Loaded>
 */
export function Loaded<T>({
  query,
  what,
  children,
  skeleton,
}: {
  query: { data: T | undefined; error: unknown; isError: boolean; refetch: () => unknown };
  what: string;
  children: (value: T) => ReactNode;
  skeleton?: ReactNode;
}) {
  if (query.data !== undefined)
    return (
      <>
        {query.isError ? (
          <Notice
            className="m-2"
            action={
              <Button small onClick={() => void query.refetch()}>
                Try again
              </Button>
            }
          >
            {what} could not be refreshed ({asProblem(query.error).message}) What is shown is from before.
          </Notice>
        ) : null}
        {children(query.data)}
      </>
    );
  if (query.isError) return <Failure error={query.error} what={what} onRetry={() => void query.refetch()} />;
  return <>{skeleton ?? <Skeleton className="p-4" lines={5} />}</>;
}
