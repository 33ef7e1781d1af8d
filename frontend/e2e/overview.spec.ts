import { expect, test } from "./fixtures";

test("each number opens what it counts", async ({ page, api }) => {
  await page.goto("/overview?days=90");
  const overview = (await (await api.get("/api/v1/overview?days=90")).json()) as {
    open_incidents: { severity: string; total: number }[];
    findings: { level: string; count: number }[];
  };
  const critical = overview.open_incidents.find((row) => row.severity === "critical")?.total ?? 0;
  const row = page.getByRole("row", { name: /^Critical/ });
  await expect(row.getByRole("link").first()).toHaveText(String(critical));
  await expect(row.getByRole("link").first()).toHaveAttribute("href", "/incidents?severity=critical");

  const high = overview.findings.filter((each) => each.level === "high").reduce((sum, each) => sum + each.count, 0);
  const link = page.getByRole("link", { name: `${high} high`, exact: true });
  const counted = new URL((await link.getAttribute("href")) ?? "", "http://console.example").searchParams;
  expect(counted.get("level")).toBe("high");
  const listed = new URLSearchParams({
    level: "high",
    state: "open",
    first_at: counted.get("from") ?? "",
    before: counted.get("to") ?? "",
    limit: "200",
  });
  const { items } = (await (await api.get(`/api/v1/findings?${listed.toString()}`)).json()) as { items: unknown[] };
  expect(items).toHaveLength(high);
});

test("the chart is a table too, and its columns open their findings", async ({ page }) => {
  await page.goto("/overview?days=90");
  await page.getByRole("button", { name: "Show as table" }).focus();
  await page.keyboard.press("Enter");
  const table = page.getByRole("region", { name: /^Open findings over time/ });
  await table.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/findings\?.*from=.*to=/);
});

test("the days are chosen, kept in the address, and gone back from", async ({ page }) => {
  await page.goto("/overview");
  await page.getByRole("link", { name: "30 days" }).click();
  await expect(page).toHaveURL(/days=30/);
  await expect(page.getByRole("link", { name: "30 days" })).toHaveAttribute("aria-current", "true");
  await page.goBack();
  await expect(page.getByRole("link", { name: "7 days" })).toHaveAttribute("aria-current", "true");
});
