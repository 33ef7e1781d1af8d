"use client";

import { type QueryKey, hashKey, keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";

type Page<T> = { items: T[]; next_cursor: string | null };

/** A list of more rows is not read again page by page at every change: that it is `outdated` is said, and it is read when that is asked for. */
export const MOST_LIVE = 500;

const isLong = (pages: readonly Page<unknown>[] | undefined): boolean =>
  (pages?.reduce((sum, page) => sum + page.items.length, 0) ?? 0) > MOST_LIVE;

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
  const client = useQueryClient();
  const hash = hashKey(key);
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam ?? undefined),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    enabled: (now) => (options.enabled ?? true) && !isLong(now.state.data?.pages),
    ...(options.initial
      ? {
          initialData: { pages: [options.initial.page], pageParams: [null] },
          initialDataUpdatedAt: options.initial.at,
        }
      : {}),
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const [changed, setChanged] = useState<string | null>(null);
  useEffect(
    () =>
      client.getQueryCache().subscribe((event) => {
        if (event.type !== "updated" || event.query.queryHash !== hash) return;
        const pages = (event.query.state.data as { pages: Page<T>[] } | undefined)?.pages;
        if (event.action.type === "invalidate" && isLong(pages)) setChanged(hash);
        else if (!isLong(pages)) setChanged(null);
      }),
    [client, hash],
  );
  const renew = useCallback(() => {
    setChanged(null);
    const seen = client.getQueryCache().get(hash);
    if (seen) void client.resetQueries({ queryKey: seen.queryKey, exact: true });
  }, [client, hash]);
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
    /** A long list that something has changed in since; `renew` reads it anew from its beginning. */
    outdated: changed === hash && !query.isPlaceholderData,
    renew,
    refetch: query.refetch,
  };
}
