import { expect, newPerson, signIn, test } from "./fixtures";

const ID = () =>
  `5b0a1f0e-6a3f-4d0e-9a66-${Math.floor(Math.random() * 1e12)
    .toString(16)
    .padStart(12, "0")}`;
const rule = (id: string, title: string) => `title: ${title}
id: ${id}
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: CreateAccessKey}
    condition: selection
level: low
`;

test("write a rule, see what is wrong with it, backtest it, change it against somebody else's change, remove it", async ({
  page,
  api,
}) => {
  const id = ID();
  const title = `Written in the browser ${id.slice(-6)}`;
  await page.goto("/detections");
  await page.evaluate(
    (text) => sessionStorage.setItem("draft-rule", text),
    rule(id, title).replace("condition: selection", "condition: nothing"),
  );
  await page.goto("/detections/rules/new");
  await expect(page.getByRole("button", { name: "Line 1" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Create rule" })).toBeDisabled();
  const editor = page.getByRole("textbox", { name: "Rule", exact: true });
  await editor.fill(rule(id, title));
  await expect(page.getByText("It runs")).toBeVisible();

  await page.getByRole("button", { name: "Run on past events" }).click();
  await expect(page.getByText(/findings? in [\d,]+ events?/)).toBeVisible({ timeout: 45_000 });
  await page.getByRole("button", { name: "Create rule" }).click();
  await expect(page).toHaveURL(new RegExp(`/detections/rules/${id}$`));
  await expect(page.getByRole("heading", { name: "Can it fire here" })).toBeVisible();

  await page.getByRole("link", { name: "Edit" }).click();
  await expect(editor).toContainText(title);
  const theirs = await api.put(`/api/v1/own-rules/${id}`, {
    data: { text: rule(id, title).replace("low", "high"), enabled: true, samples: [] },
    headers: { "If-Match": "*" },
  });
  expect(theirs.ok(), await theirs.text()).toBe(true);
  await editor.fill(rule(id, title).replace("low", "medium"));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "The rule was changed meanwhile" })).toBeVisible();
  await page.getByRole("button", { name: "Replace theirs with mine" }).click();
  await expect(page).toHaveURL(new RegExp(`/detections/rules/${id}$`));

  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("button", { name: "Remove rule" }).click();
  await expect(page).toHaveURL(/\/detections\?origin=own/);
  expect((await api.get(`/api/v1/own-rules/${id}`)).status()).toBe(404);
});

test("import indicators, read what was refused, remove them by their source", async ({ page, api }) => {
  const source = `bulletin ${Date.now()}`;
  await page.goto("/detections/indicators");
  await page.getByRole("button", { name: "Import a list" }).first().click();
  await page.getByRole("textbox", { name: "List" }).fill("198.51.100.77\nbad[.]example\nnot an indicator at all\n");
  await page.getByRole("textbox", { name: "Source" }).fill(source);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect(page.getByRole("region", { name: "Refused lines" })).toContainText("3", { timeout: 20_000 });
  await page.getByRole("button", { name: "Done" }).click();
  await page.goto(`/detections/indicators?${new URLSearchParams({ source }).toString()}`);
  await expect(page.getByRole("row").filter({ hasText: "bad.example" })).toBeVisible();
  await page.getByRole("button", { name: "Remove all from this source" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByText("No indicator is like this")).toBeVisible();
  const left = await api.get(`/api/v1/indicators?${new URLSearchParams({ source }).toString()}`);
  expect(((await left.json()) as { items: unknown[] }).items).toEqual([]);
});

test("from the matrix to the rules of a technique", async ({ page }) => {
  await page.goto("/detections/coverage");
  const cell = page
    .getByRole("region", { name: "ATT&CK matrix" })
    .getByRole("link", { name: /^T1078\.004/ })
    .first();
  await cell.click();
  await expect(page).toHaveURL(/technique=T1078\.004/);
  await expect(page.getByRole("row").nth(1)).toBeVisible();
});

test.describe("a viewer", () => {
  test.use({ storageState: { cookies: [], origins: [] } });
  test("reads rules and changes none", async ({ page, api }) => {
    const person = await newPerson(api, "viewer");
    await signIn(page, person.email, person.password);
    await page.goto("/detections");
    await expect(page.getByRole("switch").first()).toBeDisabled();
    await expect(page.getByRole("link", { name: "Write a rule" })).toHaveCount(0);
    await page.goto("/detections/rules/new");
    await expect(page.getByText("Writing rules takes the role analyst")).toBeVisible();
  });
});
