import { expect, test } from "./fixtures";
import { places } from "./places";

const MOST = 250 * 1024;

test("the first load of each page takes at most 250 KiB of compressed scripts", async ({ browser, api, baseURL }) => {
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
    const scripts = new Set<string>();
    let bytes = 0;
    client.on("Network.responseReceived", (event) => {
      if (event.type === "Script") scripts.add(event.requestId);
    });
    client.on("Network.loadingFinished", (event) => {
      if (scripts.has(event.requestId)) bytes += event.encodedDataLength;
    });
    await page.goto(place.path, { waitUntil: "load" });
    await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
    expect(bytes, `${place.name} loads scripts`).toBeGreaterThan(50_000);
    expect.soft(Math.round(bytes / 1024), `KiB of scripts of ${place.name}`).toBeLessThanOrEqual(MOST / 1024);
    await context.close();
  }
});
