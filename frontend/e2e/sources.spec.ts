import type { APIRequestContext, Page } from "@playwright/test";

import { as, expect, expectAccessible, newPerson, signIn, test } from "./fixtures";

/** Makes a token for a client on the page, and returns its text. */
async function makeToken(page: Page, name: string): Promise<string> {
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Make a token" }).click();
  const text = await page.getByLabel("Token", { exact: true }).innerText();
  expect(text).toMatch(/^mxi_/);
  return text;
}

async function tokenNamed(api: APIRequestContext, name: string): Promise<{ id: string; scopes: string[] }> {
  const { items } = (await (await api.get("/api/v1/tokens?kind=ingest")).json()) as {
    items: { id: string; name: string; scopes: string[] }[];
  };
  const found = items.find((token) => token.name === name);
  if (!found) throw new Error(`no token ${name}`);
  return found;
}

test("a source is added, and its first event is seen to arrive", async ({ page, api }) => {
  const name = `e2e http ${Date.now()}`;
  await page.goto("/sources");
  await page.getByRole("link", { name: "Add a source" }).first().click();
  await page.getByRole("link", { name: /^HTTP/ }).click();
  await expect(page.getByText("Make the token first.")).toBeVisible();
  const text = await makeToken(page, name);
  expect((await tokenNamed(api, name)).scopes).toEqual(["native"]);
  await expect(page.getByRole("region", { name: "Send a file" })).toContainText(text);
  await expect(page.getByText("Waiting for the first record of this token")).toBeVisible();
  await expectAccessible(page);

  // As the set-up says, from a client that is not signed in.
  const { native } = (await (await api.get("/api/v1/ingest-addresses")).json()) as { native: string };
  const client = await as();
  const sent = await client.post(native, {
    headers: { authorization: `Bearer ${text}`, "content-type": "text/plain" },
    data: `Mar  3 10:00:00 e2e-host sshd[1]: Failed password for root from 203.0.113.9 port ${Date.now() % 60000} ssh2\n`,
  });
  expect(sent.ok(), await sent.text()).toBe(true);
  await client.dispose();
  await expect(page.getByText("It arrives")).toBeVisible({ timeout: 30_000 });
  await page.getByRole("link", { name: "Open the receipt" }).click();
  await expect(page.getByText("1 record = 1 event + 0 skipped")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("complementary", { name: "Detail" })).toHaveCount(0);
});

test("a token is rotated and revoked", async ({ page, api }) => {
  const name = `e2e tokens ${Date.now()}`;
  const made = await api.post("/api/v1/tokens", { data: { name, kind: "ingest", scopes: ["hec"] } });
  const { token: old } = (await made.json()) as { token: string };
  await page.goto("/sources/tokens");
  const row = page.getByRole("row").filter({ hasText: name });
  await row.getByRole("button", { name: `Actions on ${name}` }).click();
  await page.getByRole("menuitem", { name: "Rotate" }).click();
  await page.getByRole("button", { name: "Rotate" }).click();
  const fresh = await page.getByRole("dialog").locator("pre").innerText();
  expect(fresh).toMatch(/^mxi_/);
  expect(fresh).not.toBe(old);
  await page.getByRole("button", { name: "I have kept it" }).click();
  await row.getByRole("button", { name: `Actions on ${name}` }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await page.getByRole("button", { name: "Revoke" }).click();
  await expect(row).toHaveCount(0);
});

test("a bucket is collected from, switched off and removed", async ({ page }) => {
  const bucket = `e2e-${Date.now()}-logs`;
  await page.goto("/sources/buckets?new=1");
  await page.getByLabel("Bucket", { exact: true }).fill("Not A Bucket");
  await page.getByRole("button", { name: "Collect from it" }).click();
  await expect(page.getByLabel("Bucket", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Bucket", { exact: true }).fill(bucket);
  await expect(page.getByRole("region", { name: "Policy of the role" })).toContainText(`arn:aws:s3:::${bucket}/*`);
  await page.getByRole("button", { name: "Collect from it" }).click();
  const panel = page.getByRole("complementary", { name: "Detail" });
  await expect(panel).toContainText(`s3://${bucket}/`);
  await panel.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await expect(panel.getByText("Disabled", { exact: true })).toBeVisible();
  await panel.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("row").filter({ hasText: bucket })).toHaveCount(0);
});

test("what failed to load is said, and never shown as nothing", async ({ page }) => {
  await page.route("**/api/v1/dead-letters*", (route) =>
    route.fulfill({
      status: 422,
      contentType: "application/problem+json",
      body: JSON.stringify({ type: "invalid", title: "invalid", status: 422, detail: "of a test", request_id: "r-1" }),
    }),
  );
  await page.goto("/sources/dead-letters");
  await expect(page.getByRole("alert").filter({ hasText: "The dead letters could not be loaded" })).toBeVisible();
  await expect(page.getByText("No batch waits")).toHaveCount(0);
  await page.unroute("**/api/v1/dead-letters*");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("grid", { name: "Dead letters" })).toBeVisible();
});

test("a viewer looks, and is offered nothing that changes", async ({ browser, api }) => {
  const { email, password } = await newPerson(api, "viewer");
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await signIn(page, email, password);
  await page.goto("/sources");
  await expect(page.getByRole("grid", { name: "Log sources" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Add a source" })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Ingest tokens" })).toHaveCount(0);
  await page.goto("/sources/add?client=http");
  await expect(page.getByText("Sources are added by admins")).toBeVisible();
  await context.close();
});

for (const path of ["completeness", "receipts", "dead-letters", "buckets", "tokens", "add?client=syslog"])
  test(`${path} is accessible`, async ({ page }) => {
    await page.goto(`/sources/${path}`);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await expect(page.locator("[aria-busy=true], .skeleton")).toHaveCount(0);
      await expectAccessible(page);
    }
  });
