import { expect, expectAccessible, newPerson, signIn, test } from "./fixtures";

type Finding = { finding_id: string; title: string; rule_id: string; entities: { type: string; value: string }[] };
type Api = Parameters<Parameters<typeof test>[2]>[0]["api"];

/** A finding that other tests leave alone. */
async function ofKubernetes(api: Api): Promise<Finding> {
  const answer = await api.get("/api/v1/findings?source=kubernetes_audit&state=open&limit=1");
  const { items } = (await answer.json()) as { items: Finding[] };
  expect(items[0]).toBeDefined();
  return items[0]!;
}

const judge = (api: Api, finding: Finding, verdict: string | null) =>
  api.put(`/api/v1/findings/${finding.finding_id}/verdict`, { data: { verdict, note: "" } });

test("a false positive becomes a filter that was tried first, and is taken back at once", async ({ page, api }) => {
  test.setTimeout(120_000);
  const finding = await ofKubernetes(api);
  await judge(api, finding, null);
  await page.goto(`/findings?source=kubernetes_audit&from=-3650d`);
  const row = page.getByRole("row").filter({ hasText: finding.title }).first();
  await row.focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Detail" });
  await expect(panel.getByRole("heading", { name: "Why it fired" })).toBeVisible();
  await expect(panel.getByText("(matched)").first()).toBeAttached();
  await expect(panel.getByText("(decided)").first()).toBeAttached();
  await expectAccessible(page);

  await row.focus();
  await page.keyboard.press("v");
  const verdict = page.getByRole("dialog", { name: "Verdict" });
  await verdict.getByRole("radio", { name: /False positive/ }).check();
  await verdict.getByLabel("Note").fill("The deployment does that");
  await verdict.getByRole("button", { name: "Keep verdict" }).click();

  const dialog = page.getByRole("dialog", { name: `New filter: ${finding.title}` });
  const tried = dialog.getByRole("region", { name: "What it would have withheld" });
  await expect(tried.getByText("removed", { exact: true })).toBeVisible();
  await expect(tried.getByRole("definition").first()).not.toHaveText("0");
  const create = dialog.getByRole("button", { name: "Create filter" });
  await expect(create).toBeDisabled();
  await dialog.getByLabel("Filter", { exact: true }).fill("selection: [");
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByRole("radio").first().check();
  await dialog.getByRole("radio").nth(1).check();
  await dialog.getByLabel("Reason").fill("Change 4711");
  await expectAccessible(page);
  await create.click();
  await expect(dialog).toBeHidden();

  const active = async () => {
    const { items } = (await (await api.get("/api/v1/rule-filters?active=true")).json()) as {
      items: { rule_ids: string[]; reason: string; expires_at: string | null }[];
    };
    return items.filter((each) => each.rule_ids.includes(finding.rule_id) && each.reason === "Change 4711");
  };
  const [kept] = await active();
  const days = (Date.parse(kept?.expires_at ?? "") - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(30);
  await page.getByRole("listitem").filter({ hasText: "is in force" }).getByRole("button", { name: "Undo" }).click();
  await expect.poll(async () => (await active()).length).toBe(0);
  await judge(api, finding, null);
});

test("a filter that withholds a true positive must be looked at before it is kept", async ({ page, api }) => {
  const finding = await ofKubernetes(api);
  await judge(api, finding, "true_positive");
  await page.goto(`/findings/${finding.finding_id}`);
  await page.getByRole("button", { name: "New filter from it" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("alert")).toContainText("It goes too far");
  await dialog.getByLabel("Reason").fill("Not kept");
  const create = dialog.getByRole("button", { name: "Create filter" });
  await expect(create).toBeDisabled();
  await dialog.getByLabel("I have looked at the true positives").check();
  await expect(create).toBeEnabled();
  await page.keyboard.press("Escape");
  await judge(api, finding, null);
});

test("facets narrow the list, in the address, and going back widens it again", async ({ page }) => {
  await page.goto("/findings?from=-3650d");
  const grid = page.getByRole("grid", { name: "Findings" });
  const rail = page.getByRole("region", { name: "Facets" });
  await expect(rail.getByRole("checkbox", { name: /linux_auditd/ })).toBeVisible();
  await expect(grid.getByText("aws_cloudtrail").first()).toBeAttached();
  await rail
    .getByRole("group", { name: "Source" })
    .getByRole("checkbox", { name: /linux_auditd/ })
    .click();
  await expect(page).toHaveURL(/source=linux_auditd/);
  await expect(grid.getByText("linux_auditd").first()).toBeAttached();
  await expect(grid.getByText("aws_cloudtrail")).toHaveCount(0);
  // Its other values stay, with what they would bring.
  await expect(rail.getByRole("group", { name: "Source" }).getByRole("checkbox").nth(1)).toBeVisible();
  await page.goBack();
  await expect(grid.getByText("aws_cloudtrail").first()).toBeAttached();

  await grid.getByRole("row").nth(1).focus();
  await page.keyboard.press("f");
  await page.getByRole("dialog", { name: "Filter for" }).getByRole("button", { name: /^Rule/ }).click();
  await expect(page).toHaveURL(/rule=/);
});

test("j leads from anywhere on a page into its list, and Enter opens what is there", async ({ page }) => {
  for (const [path, opened] of [
    ["/findings?from=-3650d", /open=/],
    ["/entities", /\/entities\/view/],
    ["/detections", /\/detections\/rules\//],
  ] as const) {
    await page.goto(path);
    await expect(page.getByRole("grid").first().locator("[data-index]").first()).toBeVisible();
    await expect(async () => {
      await page.keyboard.press("j");
      expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("row");
    }).toPass();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(opened);
  }
});

test("an entity's page tells its risk, peers and findings; one that is in none is said so", async ({ page, api }) => {
  const finding = await ofKubernetes(api);
  const entity = finding.entities[0]!;
  await page.goto("/entities");
  await page.getByRole("searchbox", { name: "Search values" }).fill(entity.value);
  const row = page.getByRole("row").filter({ hasText: entity.value }).first();
  await expect(row).toBeVisible();
  await page.goto(`/entities/view?${new URLSearchParams({ type: entity.type, value: entity.value }).toString()}`);
  await expect(page.getByRole("heading", { name: entity.value })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Named with it" })).toBeVisible();
  const findings = page.getByRole("grid", { name: "Findings that name it" });
  await findings.getByRole("row").filter({ hasText: finding.title }).first().focus();
  await page.keyboard.press("Enter");
  await expect(
    page.getByRole("complementary", { name: "Detail" }).getByRole("heading", { name: "Why it fired" }),
  ).toBeVisible();
  await page.keyboard.press("Escape");
  await expectAccessible(page);

  await page.goto("/entities/view?type=address&value=198.51.100.250");
  await expect(page.getByText("In no finding yet")).toBeVisible();
  await expect(page.getByRole("link", { name: "Hunt for it" })).toHaveAttribute("href", /198\.51\.100\.250/);
});

test("assets say that nothing can write them yet, and a failure is no emptiness", async ({ page }) => {
  await page.goto("/assets");
  await expect(page.getByText("Connecting an account is not supported yet")).toBeVisible();
  await page.route("**/api/v1/cloud-assets?**", (route) =>
    route.fulfill({ status: 400, contentType: "application/problem+json", body: '{"title":"Refused","status":400}' }),
  );
  await page.goto("/assets?account=111122223333");
  await expect(page.getByText("Assets could not be loaded")).toBeVisible();
  await expect(page.getByText("No assets")).toHaveCount(0);
});

test("a viewer reads a finding and is offered nothing that changes it", async ({ browser, api }) => {
  const finding = await ofKubernetes(api);
  await judge(api, finding, null);
  const person = await newPerson(api, "viewer");
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await signIn(page, person.email, person.password);
  await page.goto(`/findings/${finding.finding_id}`);
  await expect(page.getByRole("heading", { name: "Record" })).toBeVisible();
  await expect(page.getByText("Nobody has said yet what it was.")).toBeVisible();
  await expect(page.getByRole("button", { name: /filter|verdict/i })).toHaveCount(0);
  await page.goto("/findings?from=-3650d");
  const row = page.getByRole("row").nth(1);
  await row.focus();
  await page.keyboard.press("v");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await context.close();
});
