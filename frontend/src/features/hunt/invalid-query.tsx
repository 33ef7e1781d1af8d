"use client";

import { useQuery } from "@tanstack/react-query";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";

/** What is wrong with a query, where, and what to write instead. */
export function InvalidQuery({
  error,
  query,
  onShow,
  onReplace,
}: {
  error: unknown;
  query: string;
  onShow: (start: number, end: number) => void;
  onReplace: (query: string) => void;
}) {
  const checked = useQuery({
    queryKey: ["hunts", "validate", query],
    queryFn: () => data(api.POST("/api/v1/hunts/validate", { body: { query } })),
    staleTime: Infinity,
  });
  const wrong = checked.data?.error;
  const problem = asProblem(error);
  return (
    <div role="alert" className="flex max-w-[90ch] flex-col gap-2 px-4 py-6">
      <p className="font-medium">The query cannot run</p>
      <p className="text-ink-2 first-letter:uppercase">{wrong?.message ?? problem.message}</p>
      {wrong ? (
        <pre className="overflow-x-auto rounded-md bg-sunken px-3 py-2 font-mono text-[12px] whitespace-pre-wrap">
          {query.slice(0, wrong.start)}
          <mark className="rounded-sm bg-danger-soft text-danger-ink underline decoration-wavy">
            {query.slice(wrong.start, wrong.end) || "▏"}
          </mark>
          {query.slice(wrong.end)}
        </pre>
      ) : null}
      {wrong ? (
        <div className="flex flex-wrap items-center gap-2">
          {wrong.suggestions.map((each) => (
            <Button
              key={each}
              small
              className="font-mono"
              onClick={() => onReplace(query.slice(0, wrong.start) + each + query.slice(wrong.end))}
            >
              {each}
            </Button>
          ))}
          <Button small look="quiet" onClick={() => onShow(wrong.start, wrong.end)}>
            Show in the query
          </Button>
        </div>
      ) : null}
    </div>
  );
}
