"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";

import { api, data } from "@/api/client";
import type { TimeRangeState } from "@/components/data/time-range";
import { remember } from "./history";

export const LIMITS = [100, 1_000, 10_000] as const;

/** What stands in the body of everything that is asked of a query and a range. */
export type Within = { query: string; first_at: string; before: string };

/** Runs the query; leaving it, or `cancel`, ends it in the platform too. */
export function useHunt(query: string, range: TimeRangeState, limit: number, asRecords: boolean) {
  const client = useQueryClient();
  const asked = asRecords ? `${query} | fields event_id, time, source, raw`.trim() : query;
  const key = useMemo(() => ["hunts", "run", asked, range.from, range.to, limit], [asked, range.from, range.to, limit]);
  const hunt = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      data(
        api.POST("/api/v1/hunts/run", {
          body: { query: asked, first_at: range.from, before: range.to, limit },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    retry: false,
  });
  const cancel = useCallback(() => void client.cancelQueries({ queryKey: key }), [client, key]);
  const found = hunt.isSuccess && !hunt.isPlaceholderData;
  useEffect(() => {
    if (found) remember(query);
  }, [found, query]);
  return { hunt, cancel };
}

/** The spread over time of what satisfies the condition. */
export function useHistogram(where: string, range: TimeRangeState, by: string) {
  const body = { query: where, first_at: range.from, before: range.to, ...(by === "" ? {} : { by }) };
  return useQuery({
    queryKey: ["hunts", "histogram", body],
    queryFn: ({ signal }) => data(api.POST("/api/v1/hunts/histogram", { body, signal })),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    retry: false,
  });
}
