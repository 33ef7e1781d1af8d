import type { APIRequestContext, Page } from "@playwright/test";
import { createHmac } from "node:crypto";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, expectAccessible, newPerson, platform, signIn, test } from "./fixtures";

type Heard = { event: string; signature: string; body: string };

/** The other side: keeps what comes, and answers as it is told. */
class Receiver {
  heard: Heard[] = [];
  answer = { status: 200, text: "taken" };
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const of = (name: string) => String(request.headers[name] ?? "");
        this.heard.push({ event: of("x-minixdr-event"), signature: of("x-minixdr-signature"), body });
        response.writeHead(this.answer.status, { "content-type": "text/plain" });
        response.end(this.answer.text);
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/alerts/of-the-tests`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const receiver = new Receiver();
let address = "";
test.beforeAll(async () => {
  address = await receiver.start();
});
test.afterAll(() => receiver.stop());

const channelRow = (page: Page, name: string) =>
  page.getByRole("list", { name: "Notification channels" }).getByRole("listitem").filter({ hasText: name });

/** Gives an incident to the owner: those who want to hear of it are told. */
async function assign(api: APIRequestContext): Promise<void> {
  const { items } = (await (await api.get("/api/v1/incidents?sort=severity&limit=1")).json()) as {
    items: { incident_id: string }[];
  };
  const { user_id } = (await (await api.get("/api/v1/session")).json()) as { user_id: string };
  const path = `/api/v1/incidents/${items[0]?.incident_id}`;
  for (const assignee_id of [null, user_id]) {
    // The story's findings may change it at the same time.
    await expect(async () => {
      const etag = (await api.get(path)).headers().etag ?? "";
      const changed = await api.patch(path, { data: { assignee_id }, headers: { "if-match": etag } });
      expect(changed.ok(), await changed.text()).toBe(true);
    }).toPass();
  }
}

test("a channel is added, tested, told of an incident, switched off and removed", async ({ page, api }) => {
  const name = `On call ${Date.now()}`;
  await page.goto("/settings/notifications");
  await page.getByRole("button", { name: "Add channel" }).first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("radio", { name: /^E-mail/ })).toBeDisabled();
  await expect(dialog.getByText(/MINIXDR_SMTP_URL/)).toBeVisible();
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Address", { exact: true }).fill("http://169.254.169.254/latest/meta-data");
  await dialog.getByLabel("Least severity").selectOption("informational");
  await dialog.getByRole("checkbox", { name: /^Assigned/ }).check();
  await dialog.getByRole("button", { name: "Add channel" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByLabel("Address", { exact: true }).fill(address);
  await dialog.getByRole("button", { name: "Add channel" }).click();
  const secret = (
    await page
      .getByRole("dialog", { name: `Secret of ${name}` })
      .locator("pre")
      .first()
      .innerText()
  ).trim();
  await expect(page.getByText("X-Minixdr-Signature").first()).toBeVisible();
  await page.getByRole("button", { name: "I have kept it" }).click();

  // A test: the other side refuses, then takes it, signed with what was shown.
  const row = channelRow(page, name);
  await row.getByRole("button", { name: `Test ${name}` }).click();
  receiver.answer = { status: 503, text: "the pager is being repaired" };
  await dialog.getByRole("button", { name: "Send test message" }).click();
  await expect(dialog.getByText(/^Not delivered/)).toBeVisible();
  await expect(dialog.getByText("the pager is being repaired")).toBeVisible();
  receiver.answer = { status: 200, text: "taken" };
  await dialog.getByRole("button", { name: "Send again" }).click();
  await expect(dialog.getByText("Delivered. The answer was 200.")).toBeVisible();
  const message = receiver.heard.at(-1);
  const at = /^t=(\d+),v1=/.exec(message?.signature ?? "")?.[1] ?? "";
  const mac = createHmac("sha256", secret).update(`${at}.${message?.body}`).digest("hex");
  expect(message?.signature).toBe(`t=${at},v1=${mac}`);
  await dialog.getByRole("button", { name: "Close" }).last().click();

  // What happens is told, and stands among the deliveries.
  await assign(api);
  await expect.poll(() => receiver.heard.filter((each) => each.event === "incident.assigned").length).toBe(1);
  await page.reload();
  await row.getByRole("link", { name: new RegExp(`Deliveries of ${name}`) }).click();
  const deliveries = page.getByRole("grid", { name: "Deliveries" });
  const sent = deliveries.locator("[data-index]").filter({ hasText: "Assigned" });
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh" }).click();
    await expect(sent).toContainText("Delivered", { timeout: 2_000 });
  }).toPass();
  await expectAccessible(page);

  // What fails waits for its next try, with the answer; switching the channel off can be undone.
  receiver.answer = { status: 500, text: "not now" };
  await assign(api);
  await expect.poll(() => receiver.heard.filter((each) => each.event === "incident.assigned").length).toBe(2);
  await page.getByRole("link", { name: "Channels" }).click();
  await row.getByRole("checkbox", { name: `On: ${name}` }).uncheck();
  await expect(page.getByText(`${name} is off`).first()).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row.getByRole("checkbox", { name: `On: ${name}` })).toBeChecked();
  await row.getByRole("link", { name: new RegExp(`Deliveries of ${name}`) }).click();
  await page.getByRole("button", { name: "Filter by state" }).click();
  await page.getByRole("option", { name: "Queued" }).click();
  const waiting = deliveries.locator("[data-index]").first();
  await expect(waiting).toContainText("500");
  await waiting.press("Enter");
  await expect(page.getByRole("complementary", { name: "Detail" })).toContainText("not now");
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Channels" }).click();
  await row.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(row).toHaveCount(0);
});

test("somebody else's change is not written over", async ({ page, api }) => {
  const name = `Shared ${Date.now()}`;
  const made = await api.post("/api/v1/notification-channels", { data: { name, kind: "webhook", url: address } });
  expect(made.status(), await made.text()).toBe(201);
  const { id } = (await made.json()) as { id: string };
  const path = `/api/v1/notification-channels/${id}`;
  await page.goto("/settings/notifications");
  await page.getByRole("button", { name: `Edit ${name}` }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Name", { exact: true })).toHaveValue(name);
  await api.patch(path, { data: { least_severity: "low" }, headers: { "if-match": made.headers().etag ?? "" } });
  await dialog.getByLabel("Least severity").selectOption("critical");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Somebody changed it");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: `Edit ${name}` }).click();
  await expect(dialog.getByLabel("Least severity")).toHaveValue("low");
  await dialog.getByLabel("Least severity").selectOption("critical");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(channelRow(page, name)).toContainText("Critical only");
  await api.delete(path);
});

test("a viewer is told for whom the channels are, an analyst reads them", async ({ api, browser }) => {
  for (const role of ["viewer", "analyst"] as const) {
    const person = await newPerson(api, role);
    const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
    const page = await context.newPage();
    await signIn(page, person.email, person.password);
    await page.goto(`${platform().base}/settings/notifications`);
    if (role === "viewer") await expect(page.getByText("This section is for the role analyst and above")).toBeVisible();
    else await expect(page.getByRole("link", { name: "Deliveries" })).toBeVisible();
    await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
    await context.close();
  }
});
