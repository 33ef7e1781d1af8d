import { expect, newPerson, platform, signIn, test } from "./fixtures";

test.describe("signing in", () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test("leads back to the page that was asked for, and out again", async ({ page }) => {
    await page.goto("/findings?level=critical");
    await expect(page).toHaveURL(/\/sign-in\?next=/);
    await page.getByLabel("E-mail").fill(platform().owner);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("alert").first()).toBeVisible();
    await page.getByLabel("Password").fill(platform().password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page).toHaveURL(/\/findings\?level=critical/);
    const cookie = (await page.context().cookies()).find((each) => each.name.includes("minixdr_session"));
    expect(cookie?.httpOnly).toBe(true);
    expect(cookie?.sameSite).toBe("Strict");

    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await page.goto("/incidents");
    await expect(page).toHaveURL(/\/sign-in/);
  });

  test("a next page elsewhere is not followed", async ({ page }) => {
    for (const next of ["https://evil.example/", "//evil.example/", "/\\evil.example"]) {
      await page.context().clearCookies();
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
      await page.getByLabel("E-mail").fill(platform().owner);
      await page.getByLabel("Password").fill(platform().password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.waitForURL((address) => !address.pathname.startsWith("/sign-in"));
      expect(new URL(page.url()).origin).toBe(new URL(platform().base).origin);
    }
  });
});

test("an organization can be switched, and shows nothing of the other", async ({ browser }) => {
  const slug = `other-${Date.now()}`;
  // A session of its own, for whoever makes an organization is in it then: the tests beside this one go on in the first.
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await signIn(page, platform().owner, platform().password);
  const made = await page.request.post("/api/v1/organizations", {
    data: { slug, name: `Other ${slug}` },
    headers: { "x-minixdr-request": "1" },
  });
  expect(made.ok(), await made.text()).toBe(true);
  await page.goto("/overview");
  await expect(page.getByRole("button", { name: `Organization: Other ${slug}` })).toBeVisible();
  const go = async (name: RegExp) => {
    await page.getByRole("button", { name: /^Organization:/ }).click();
    await page.getByRole("menuitem", { name }).click();
    await page.waitForURL(/\/overview/);
  };
  await page.goto("/incidents");
  await expect(page.getByRole("grid", { name: /incidents/i }).locator("[data-index]")).toHaveCount(0);
  await go(/Default/);
  await page.goto("/incidents");
  await expect(
    page
      .getByRole("grid", { name: /incidents/i })
      .locator("[data-index]")
      .first(),
  ).toBeVisible();
  await context.close();
});

test("a tab that shows another organization than was chosen since does nothing, and leaves on signing out", async ({
  browser,
}) => {
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const old = await context.newPage();
  await signIn(old, platform().owner, platform().password);
  await old.goto("/settings/tokens");
  await expect(old.getByRole("main").getByRole("heading").first()).toBeVisible();
  const slug = `tabs-${Date.now()}`;
  const made = await context.request.post("/api/v1/organizations", {
    data: { slug, name: `Tabs ${slug}` },
    headers: { "x-minixdr-request": "1" },
  });
  expect(made.ok(), await made.text()).toBe(true);
  const status = await old.evaluate(async () => {
    const session = (await (await fetch("/api/v1/session")).json()) as {
      user_id: string;
      memberships: { organization_id: string; slug: string }[];
    };
    const before = session.memberships.find((each) => each.slug === "default");
    const answer = await fetch("/api/v1/members", {
      headers: { "x-minixdr-page-of": `${session.user_id}/${before?.organization_id ?? ""}` },
    });
    return answer.status;
  });
  expect(status).toBe(409);
  // The page itself is told as soon as another tab shows the other organization.
  const other = await context.newPage();
  await other.goto("/overview");
  await expect(other.getByRole("button", { name: `Organization: Tabs ${slug}` })).toBeVisible();
  await expect(old.getByRole("alert").filter({ hasText: "This page shows Default" })).toBeVisible();
  await old.getByRole("button", { name: "Load again" }).click();
  await expect(old.getByRole("button", { name: `Organization: Tabs ${slug}` })).toBeVisible();

  await other.getByRole("button", { name: /^Account of/ }).click();
  await other.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(old).toHaveURL(/\/sign-in/);
  await old.goBack();
  await expect(old).toHaveURL(/\/sign-in/);
  await context.close();
});

test("a viewer sees and cannot change anything", async ({ browser, api }) => {
  const viewer = await newPerson(api, "viewer");
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await signIn(page, viewer.email, viewer.password);
  await page.goto("/incidents");
  await page
    .getByRole("grid", { name: /incidents/i })
    .locator("[data-index]")
    .first()
    .press("Enter");
  await expect(page.getByRole("complementary", { name: "Detail" })).toBeVisible();
  for (const path of [
    page.url(),
    "/findings",
    "/detections",
    "/detections/indicators",
    "/detections/exceptions",
    "/sources",
    "/settings/members",
  ]) {
    await page.goto(path);
    await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
    const offered = await page
      .getByRole("main")
      .getByRole("button", {
        name: /^(assign|merge|split|delete|remove|revoke|invite|discard|replay|save|add|comment|new |write )/i,
      })
      .filter({ visible: true })
      .evaluateAll((buttons) =>
        buttons.filter((button) => !(button as HTMLButtonElement).disabled).map((button) => button.textContent),
      );
    expect(offered, path).toEqual([]);
  }
  // What is not offered is refused too, should somebody send it all the same.
  const status = await page.evaluate(async () => {
    const list = (await (await fetch("/api/v1/incidents?limit=1")).json()) as {
      items: { incident_id: string; version: number }[];
    };
    const first = list.items[0];
    if (!first) throw new Error("no incident");
    const answer = await fetch(`/api/v1/incidents/${first.incident_id}`, {
      method: "PATCH",
      headers: { "content-type": "application/json", "x-minixdr-request": "1", "if-match": `"${first.version}"` },
      body: JSON.stringify({ state: "closed" }),
    });
    return answer.status;
  });
  expect(status).toBe(403);
  await context.close();
});

test("a lost connection is said, and what was missed is there when it is back", async ({ page, context, api }) => {
  await page.goto("/incidents");
  await expect(page.getByRole("status").filter({ hasText: /^Live$/ })).toBeAttached();
  await expect(
    page
      .getByRole("grid", { name: /incidents/i })
      .locator("[data-index]")
      .first(),
  ).toBeVisible();
  await context.setOffline(true);
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await expect(page.getByRole("status").filter({ hasText: "Connection lost" })).toBeAttached();
  await expect(
    page
      .getByRole("grid", { name: /incidents/i })
      .locator("[data-index]")
      .first(),
  ).toBeVisible();

  const { items } = (await (await api.get("/api/v1/incidents?limit=1&severity=informational")).json()) as {
    items: { incident_id: string }[];
  };
  const id = items[0]?.incident_id ?? "";
  const before = await api.get(`/api/v1/incidents/${id}`);
  const title = `Renamed while nobody listened ${Date.now()}`;
  const changed = await api.patch(`/api/v1/incidents/${id}`, {
    data: { title },
    headers: { "if-match": before.headers().etag ?? "" },
  });
  expect(changed.ok(), await changed.text()).toBe(true);

  await context.setOffline(false);
  await expect(page.getByText(title)).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole("status").filter({ hasText: /^Live$/ })).toBeAttached();
});

test("the palette goes anywhere by keyboard, and lists the keys", async ({ page }) => {
  await page.goto("/overview");
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Search or run a command" })).toBeFocused();
  await page.keyboard.type("detections");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/detections/);
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await expect(page).toHaveURL(/\/incidents/);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
});

test("each page comes with a policy that lets nothing else in", async ({ page }) => {
  const answer = await page.goto("/overview");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toMatch(/script-src 'self' 'nonce-[^']+' 'strict-dynamic'/);
  expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  const elsewhere = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map((entry) => new URL(entry.name).origin)
      .filter((origin) => origin !== location.origin),
  );
  expect(elsewhere).toEqual([]);
});
