import { mkdirSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "./fixtures";
import { OUTSIDE, places } from "./places";

const FOLDER = resolve(__dirname, "../../docs/images/console");

/** `make screenshots`: each page, light and dark, as it looks with the demo's intrusion in it. */
for (const theme of ["light", "dark"] as const) {
  test(`screenshots in the ${theme} theme`, async ({ page, api }) => {
    test.setTimeout(300_000);
    mkdirSync(FOLDER, { recursive: true });
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const place of [...(await places(api)), ...OUTSIDE.slice(0, 1)]) {
      if (OUTSIDE.includes(place)) await page.context().clearCookies();
      await page.goto(place.path);
      await expect(page.getByRole("heading").first()).toBeVisible();
      await expect(page.locator("[aria-label=Loading]")).toHaveCount(0);
      await page.waitForTimeout(700); // charts and graphs are drawn after their data
      await page.screenshot({ path: resolve(FOLDER, `${place.name}-${theme}.png`) });
    }
  });
}
