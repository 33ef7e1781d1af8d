import { expect, test } from "./fixtures";
import { places } from "./places";

const MOST = 250_000;

test("the first load of each page takes at most 250 kB of compressed scripts", async ({ browser, api, baseURL }) => {
  test.skip(
    process.env.E2E_BASE !== undefined && process.env.E2E_BUILT === undefined,
    "a development server's scripts are not what is served",
  );
  test.setTimeout(180_000);
  for (const place of await places(api)) {
    // A context of its own: nothing is in its cache.
    const context = await browser.newContext({
      baseURL,
      storageState: process.env.E2E_FOLDER ? `${process.env.E2E_FOLDER}/owner.json` : undefined,
    });
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    await client.send("Network.enable");
    const scripts = new Map<string, string>();
    const sizes = new Map<string, number>();
    client.on("Network.responseReceived", (event) => {
      if (event.type === "Script") scripts.set(event.requestId, new URL(event.response.url).pathname);
    });
    client.on("Network.loadingFinished", (event) => {
      const path = scripts.get(event.requestId);
      if (path !== undefined) sizes.set(path, event.encodedDataLength);
    });
    const answer = await page.goto(place.path, { waitUntil: "load" });
    // What the page itself names. What it asks for afterwards (charts, editor, graph) is shown when it is there and holds nothing up.
    const named = new Set(
      [...((await answer?.text()) ?? "").matchAll(/<script[^>]* src="([^"?]+)/g)].map((match) => match[1]),
    );
    const bytes = [...sizes].reduce((sum, [path, size]) => sum + (named.has(path) ? size : 0), 0);
    await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
    expect(bytes, `${place.name} loads scripts`).toBeGreaterThan(50_000);
    expect.soft(bytes, `bytes of scripts of ${place.name}`).toBeLessThanOrEqual(MOST);
    await context.close();
  }
});
