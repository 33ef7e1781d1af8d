"use client";

import { type QueryKey, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";

type Page<T> = { items: T[]; next_cursor: string | null };

/**
 * A list that is read page by page as its end comes near.
 *
 *     const list = usePages(["incidents", filters], (cursor) => data(api.GET("/api/v1/incidents", { params: { query: { ...filters, cursor } } })));
 *     <DataTable rows={list.rows} more={list.more} loadingMore={list.loadingMore} onEnd={list.next} loading={list.loading} ... />
 */
export function usePages<T>(
  key: QueryKey,
  read: (cursor: string | undefined) => Promise<Page<T>>,
  options: {
    enabled?: boolean;
    /** The first page as the server read it, and when (ms). */
    initial?: { page: Page<T>; at: number } | null;
  } = {},
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam ?? undefined),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
    ...(options.initial
      ? {
          initialData: { pages: [options.initial.page], pageParams: [null] },
          initialDataUpdatedAt: options.initial.at,
        }
      : {}),
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const { fetchNextPage } = query;
  const next = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  return {
    rows,
    next,
    more: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loading: query.isPending,
    /** Set too where a later page or a refresh failed; the rows are then those of before. */
    error: query.error,
    isError: query.isError,
    stale: query.isPlaceholderData,
    refetch: query.refetch,
  };
}
