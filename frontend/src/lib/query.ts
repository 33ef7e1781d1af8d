import { QueryClient } from "@tanstack/react-query";

import { asProblem } from "@/api/problem";

/** Reads are tried again where trying may help; a refusal is not. Nothing polls: what changed is told by the stream of changes. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => {
          const { status } = asProblem(error);
          return (status === 0 || status === 429 || status >= 500) && count < 2;
        },
        retryDelay: (attempt) => Math.min(800 * 2 ** attempt, 8_000),
      },
      mutations: { retry: false },
    },
  });
}
