// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";

import { RawEvent } from "./raw-event";

afterEach(cleanup);

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/;
const record = { "na\u202eme": "invoice\u202egnp.exe", user: "ad\u2066min \u001b[31m", source: "plain" };

function shown(raw: string): HTMLElement {
  return render(
    <QueryClientProvider client={new QueryClient()}>
      <RawEvent
        raw={raw}
        marked={{ user: record.user }}
        attributes={{ "file.name": "invoice\u202egnp.exe" }}
        entities={[{ type: "user", value: record.user }]}
      />
    </QueryClientProvider>,
  ).container;
}

describe("a record that a stranger wrote", () => {
  it("is drawn as it is, with nothing hidden, as tree and as text", () => {
    const tree = shown(JSON.stringify(record));
    expect(tree.textContent).toContain("invoice\\u202egnp.exe");
    expect(tree.textContent).toContain("ad\\u2066min \\u001b[31m");
    expect(tree.textContent).not.toMatch(HIDDEN);
    expect(tree.innerHTML.replace(/href="[^"]*"/g, "")).not.toMatch(HIDDEN);

    fireEvent.click(screen.getByRole("button", { name: "Text" }));
    expect(tree.textContent).not.toMatch(HIDDEN);
    cleanup();
    expect(shown("type=USER node=web\u202ebew \u001b[0m invoice\u202egnp.exe").textContent).not.toMatch(HIDDEN);
  });
});
