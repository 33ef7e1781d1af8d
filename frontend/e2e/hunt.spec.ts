import { expect, expectAccessible, test } from "./fixtures";

const query = (text: string) => `/hunt?${new URLSearchParams({ query: text, from: "-30d" }).toString()}`;

test("write a query with completion, open an event, pivot from a value, count, save", async ({ page, api }) => {
  await page.goto("/hunt?from=-30d");
  const editor = page.getByRole("textbox", { name: "Query" });
  await editor.click();
  await page.keyboard.type("sourc");
  await page.getByRole("option", { name: "source text" }).click();
  await page.keyboard.type(" = ");
  await page.getByRole("option", { name: /^aws_cloudtrail/ }).click();
  await page.keyboard.press("Control+Enter");
  await expect(page).toHaveURL(/query=source/);
  await expect(page.getByRole("status").filter({ hasText: /events?, [\d,]+ looked at/ })).toBeVisible();
  await expectAccessible(page);

  const row = page.getByRole("grid", { name: "Results" }).getByRole("row").nth(1);
  await row.focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Detail" });
  await expect(panel.getByText("api.operation", { exact: true })).toBeVisible();
  await expect(panel.getByRole("button", { name: "Copy the record" })).toBeVisible();
  await expectAccessible(page);
  await panel.getByText("api.operation", { exact: true }).hover();
  await panel.getByRole("button", { name: "Filter for api.operation" }).click();
  await expect(page).toHaveURL(/api\.operation/);
  await expect(editor).toContainText("and api.operation =");

  await page.goto(query('source = "aws_cloudtrail" | count by api.operation'));
  await expect(page.getByRole("columnheader", { name: "count" })).toBeVisible();
  const name = `Operations ${Date.now()}`;
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
  await expect(page).toHaveURL(/saved=/);
  const id = new URL(page.url()).searchParams.get("saved") ?? "";
  const kept = await api.get(`/api/v1/saved-hunts/${id}`);
  expect(await kept.json()).toMatchObject({ name, time_range: { last_seconds: 30 * 86_400 } });
  expect((await api.delete(`/api/v1/saved-hunts/${id}`)).status()).toBe(204);
});

test("what is wrong with a query is said, where, with what to write instead", async ({ page }) => {
  await page.goto(query('actr.user.name = "alice"'));
  await expect(page.getByText("The query cannot run")).toBeVisible();
  await page.getByRole("button", { name: "actor.user.name", exact: true }).click();
  await expect(page).toHaveURL(/query=actor\.user\.name/);
});

test("a hunt is exported, and becomes a rule that runs over the past", async ({ page }) => {
  await page.goto(query('source = "aws_cloudtrail" and api.operation = "CreateAccessKey"'));
  await expect(page.getByRole("status").filter({ hasText: /looked at/ })).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "JSON lines" }).click();
  expect((await download).suggestedFilename()).toMatch(/^hunt-.*\.jsonl$/);

  await page.getByRole("button", { name: "Rule", exact: true }).click();
  await page.getByRole("menuitem", { name: "Run as a retro-hunt" }).click();
  await expect(page.getByText(/Tried on \d+ records? that the hunt finds/)).toBeVisible();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page).toHaveURL(/\/hunt\/retro\/[0-9a-f-]{36}/);
  await expect(page.getByText("Done", { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("grid", { name: "What it found" }).getByRole("row").nth(1)).toBeVisible();
  await expectAccessible(page);
});
