// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { type ReactNode } from "react";
import { expect, test } from "vitest";

import { MOST_LIVE, usePages } from "./pages";

const PAGE = 300;

/** A list that counts how often it is read. */
function shown() {
  const client = new QueryClient();
  const asked: (string | undefined)[] = [];
  const read = (cursor: string | undefined) => {
    asked.push(cursor);
    const from = Number(cursor ?? 0);
    return Promise.resolve({
      items: Array.from({ length: PAGE }, (_, at) => from + at),
      next_cursor: `${from + PAGE}`,
    });
  };
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(() => usePages(["numbers", "list"], read), { wrapper });
  return { client, asked, list: () => result.current };
}

test("a short list is read again when something in it changes", async () => {
  const { client, asked, list } = shown();
  await waitFor(() => expect(list().rows).toHaveLength(PAGE));
  await act(() => client.invalidateQueries({ queryKey: ["numbers"] }));
  expect(asked).toHaveLength(2);
  expect(list().outdated).toBe(false);
});

test("a long list is not read again page by page: it says that it is outdated, and is read anew when asked", async () => {
  const { client, asked, list } = shown();
  await waitFor(() => expect(list().rows).toHaveLength(PAGE));
  act(() => list().next());
  await waitFor(() => expect(list().rows.length).toBeGreaterThan(MOST_LIVE));
  await act(() => client.invalidateQueries({ queryKey: ["numbers"] }));
  await waitFor(() => expect(list().outdated).toBe(true));
  expect(asked).toHaveLength(2);

  // The next page of it can be read all the same, and it stays outdated.
  act(() => list().next());
  await waitFor(() => expect(list().rows).toHaveLength(3 * PAGE));
  expect(list().outdated).toBe(true);

  act(() => list().renew());
  await waitFor(() => expect(list().rows).toHaveLength(PAGE));
  expect(list().outdated).toBe(false);
  expect(asked.at(-1)).toBeUndefined();
});
