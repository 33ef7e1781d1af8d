import { expect, expectAccessible, test } from "./fixtures";
import { OUTSIDE, places } from "./places";

for (const theme of ["light", "dark"] as const) {
  test(`no page breaks WCAG 2.2 AA in the ${theme} theme`, async ({ page, api }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const place of await places(api)) {
      await test.step(place.name, async () => {
        await page.goto(place.path);
        await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
        await expect(page.locator("[aria-label=Loading]")).toHaveCount(0);
        await expectAccessible(page);
      });
    }
  });

  test(`the pages before signing in neither (${theme})`, async ({ browser }) => {
    const context = await browser.newContext({ storageState: { cookies: [], origins: [] }, colorScheme: theme });
    const page = await context.newPage();
    for (const place of OUTSIDE) {
      await page.goto(place.path);
      await expect(page.getByRole("heading").first()).toBeVisible();
      await expectAccessible(page);
    }
    await context.close();
  });
}

test("pages fit a phone: nothing is wider than 360 px", async ({ page, api }) => {
  test.setTimeout(120_000);
  await page.setViewportSize({ width: 360, height: 780 });
  for (const place of await places(api)) {
    await page.goto(place.path);
    await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, place.name).toBeLessThanOrEqual(360);
  }
});
