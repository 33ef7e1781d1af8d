import { expect, expectAccessible, newPerson, platform, signIn, test } from "./fixtures";

type Incident = { incident_id: string; number: number; title: string; version: number };

/** The gravest of the open incidents: this test gives back what it changes. */
async function gravest(api: Parameters<Parameters<typeof test>[2]>[0]["api"]): Promise<Incident> {
  const answer = await api.get("/api/v1/incidents?sort=severity&state=new&state=triage&state=contained&limit=1");
  const { items } = (await answer.json()) as { items: Incident[] };
  expect(items[0]).toBeDefined();
  return items[0]!;
}

test("an incident is taken on and judged with the keyboard alone, and both are taken back", async ({ page, api }) => {
  const incident = await gravest(api);
  await page.goto("/incidents");
  const row = page.getByRole("row").filter({ hasText: incident.title });
  await expect(row).toBeVisible();
  await expectAccessible(page);

  await page.keyboard.press("j");
  await expect(row).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`open=${incident.incident_id}`));
  const panel = page.getByRole("complementary", { name: "Detail" });
  await expect(panel.getByText("Why it is an incident")).toBeVisible();
  await expect(panel.getByRole("listitem").first()).toBeVisible();
  await expectAccessible(page);

  await page.keyboard.press("a");
  await expect(page.getByRole("dialog", { name: `Assign #${incident.number}` })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByText(`#${incident.number} assigned to you`).first()).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expect(page.getByText("Taken back").first()).toBeVisible();

  await row.focus();
  await page.keyboard.press("v");
  const verdict = page.getByRole("dialog", { name: `Verdict on #${incident.number}` });
  await expectAccessible(page);
  await page.keyboard.press("Space");
  await verdict.getByLabel("Reason").fill("Seen in the exercise");
  await verdict.getByLabel("Close the incident").uncheck();
  await verdict.getByRole("button", { name: "Give verdict" }).press("Enter");
  await expect(panel.getByText("True positive")).toBeVisible();
  const comments = await api.get(`/api/v1/incidents/${incident.incident_id}/comments`);
  expect(await comments.text()).toContain("True positive: Seen in the exercise");
  await api.post("/api/v1/incident-changes", {
    data: { incident_ids: [incident.incident_id], change: { verdict: null, assignee_id: null } },
  });
});

test("filters are the address, a view of them is saved, shared and deleted", async ({ page }) => {
  const name = `Critical ${Date.now()}`;
  await page.goto("/incidents");
  await page.getByRole("button", { name: "Filter by severity" }).click();
  await page.getByRole("option", { name: /Critical/ }).click();
  await expect(page).toHaveURL(/severity=critical/);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: /^Severity ?: ?Critical$/ })).toBeVisible();

  await page.getByRole("button", { name: "Save view" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Share with all members").check();
  await page.getByRole("dialog").getByRole("button", { name: "Save view" }).click();
  const tab = page.getByRole("navigation", { name: "Views" }).getByRole("link", { name });
  await expect(tab).toHaveAttribute("aria-current", "page");

  await page.getByRole("link", { name: "All", exact: true }).click();
  await expect(page).toHaveURL(/state=any/);
  await page.goBack();
  await expect(page).toHaveURL(/severity=critical/);
  await page.getByRole("button", { name: `What can be done with the view ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete view" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete view" }).click();
  await expect(tab).toHaveCount(0);
});

test("many are changed at once; what comes back waits until it is asked for", async ({ page, api }) => {
  const incident = await gravest(api);
  const set = async (state: string) => {
    const answer = await api.post("/api/v1/incident-changes", {
      data: { incident_ids: [incident.incident_id], change: { state } },
    });
    expect(answer.ok()).toBe(true);
  };
  await page.goto("/incidents?state=new&state=triage");
  const row = page.getByRole("row").filter({ hasText: incident.title });
  await row.getByRole("checkbox").check();
  await page.getByRole("toolbar", { name: "Chosen incidents" }).getByRole("button", { name: "Change state" }).click();
  await page.getByRole("option", { name: "Contained" }).click();
  await expect(row).toHaveCount(0);

  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await set("new");
  const more = page.getByRole("button", { name: /^\d+ new, show$/ });
  await expect(more).toBeVisible();
  await expect(row).toHaveCount(0);
  // Tests beside this one make incidents too: what is told first may be theirs.
  await expect(async () => {
    if (await more.isVisible()) await more.click();
    await expect(row).toBeVisible({ timeout: 2_000 });
  }).toPass();
});

test("nothing found is said apart from what failed", async ({ page }) => {
  await page.goto("/incidents?text=no-incident-is-called-this");
  await expect(page.getByText("No incident is like this")).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await expect(page.getByRole("grid", { name: "Incidents" }).getByRole("row").nth(1)).toBeVisible();

  await page.goto("/incidents?technique=nonsense");
  await expect(page.getByRole("alert").filter({ hasText: "The incidents could not be loaded" })).toBeVisible();
});

test("a viewer reads the queue and is offered no change", async ({ browser, api }) => {
  const viewer = await newPerson(api, "viewer");
  const context = await browser.newContext({ baseURL: platform().base, storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await signIn(page, viewer.email, viewer.password);
  const incident = await gravest(api);
  await page.goto(`/incidents?open=${incident.incident_id}`);
  const panel = page.getByRole("complementary", { name: "Detail" });
  await expect(panel.getByRole("link", { name: "Open incident" })).toBeVisible();
  await expect(panel.getByRole("button", { name: "Assign" })).toHaveCount(0);
  await expect(page.getByRole("checkbox")).toHaveCount(0);
  await page.getByRole("row").nth(1).focus();
  await page.keyboard.press("s");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await context.close();
});
