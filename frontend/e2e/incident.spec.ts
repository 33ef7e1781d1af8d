import { randomUUID } from "node:crypto";

import type { APIRequestContext } from "@playwright/test";

import { expect, expectAccessible, newPerson, platform, signIn, test } from "./fixtures";

type Incident = { incident_id: string; number: number; title: string; state: string; verdict: string | null };

/** Sends the record of an access key that somebody new makes for another user; returns the incident that it becomes. */
async function newIncident(api: APIRequestContext): Promise<Incident> {
  const name = randomUUID().slice(0, 8);
  const key = `AKIA${name.toUpperCase()}E2E`;
  const account = String(400_000_000_000 + Math.floor(Math.random() * 1e11));
  const token = await api.post("/api/v1/tokens", { data: { name: `incident ${name}`, kind: "ingest" } });
  expect(token.status(), await token.text()).toBe(201);
  const record = {
    eventVersion: "1.09",
    userIdentity: {
      type: "IAMUser",
      principalId: `AIDA${name.toUpperCase()}`,
      arn: `arn:aws:iam::${account}:user/by-${name}`,
      accountId: account,
      accessKeyId: key,
      userName: `by-${name}`,
    },
    eventTime: `${new Date().toISOString().slice(0, 19)}Z`,
    eventSource: "iam.amazonaws.com",
    eventName: "CreateAccessKey",
    awsRegion: "eu-central-1",
    sourceIPAddress: `10.${[1, 2, 3].map(() => Math.floor(Math.random() * 250) + 1).join(".")}`,
    userAgent: "aws-cli/2.15",
    requestParameters: { userName: `for-${name}` },
    responseElements: null,
    requestID: name,
    eventID: randomUUID(),
    eventType: "AwsApiCall",
    recipientAccountId: account,
  };
  const sent = await api.post(`${platform().api}/api/ingest`, {
    headers: { authorization: `Bearer ${((await token.json()) as { token: string }).token}` },
    data: JSON.stringify(record),
  });
  expect(sent.ok(), await sent.text()).toBe(true);
  let found: Incident | undefined;
  await expect
    .poll(
      async () => {
        const answer = await api.get(`/api/v1/incidents?entity_type=access_key&entity=${key}`);
        [found] = ((await answer.json()) as { items: Incident[] }).items;
        return found !== undefined;
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  if (found === undefined) throw new Error("no incident");
  return found;
}

const read = async (api: APIRequestContext, id: string): Promise<Incident> =>
  (await (await api.get(`/api/v1/incidents/${id}`)).json()) as Incident;

test("an incident is worked on by keys, from its story to a verdict with a reason", async ({ page, api }) => {
  const incident = await newIncident(api);
  await page.goto(`/incidents/${incident.incident_id}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(incident.title);
  const timeline = page.getByRole("list", { name: "Findings in event time" });
  await expect(timeline.getByText("The first finding of the incident")).toBeVisible();
  await timeline.getByRole("button", { name: /Access Key or Console Password/ }).click();
  await expect(page).toHaveURL(/open=/);
  await expect(page.getByRole("complementary", { name: "Detail" }).getByText("Why it fired")).toBeVisible();
  await page.keyboard.press("Escape");

  await page.keyboard.press("a");
  await page.getByRole("menuitem", { name: "Me" }).press("Enter");
  await expect(page.getByText("Assigned to you").first()).toBeVisible();
  await page.keyboard.press("s");
  await page.getByRole("menuitem", { name: "Triage" }).press("Enter");
  await expect.poll(async () => (await read(api, incident.incident_id)).state).toBe("triage");

  await page.keyboard.press("v");
  const dialog = page.getByRole("dialog", { name: /Verdict on/ });
  await dialog.getByRole("radio", { name: /^Benign/ }).check();
  await dialog.getByLabel("Why").fill("It was ours");
  await dialog.getByRole("button", { name: "Give verdict" }).click();
  await expect(dialog).toBeHidden();
  expect(await read(api, incident.incident_id)).toMatchObject({ state: "closed", verdict: "benign" });
  await page.getByRole("link", { name: "Discussion", exact: true }).click();
  await expect(page.getByText("Benign: It was ours")).toBeVisible();
  await expect(page.getByText("changed the verdict from none to benign")).toBeVisible();
});

test("what somebody else changed meanwhile is not written over", async ({ page, api }) => {
  const incident = await newIncident(api);
  const path = `/api/v1/incidents/${incident.incident_id}`;
  // The stream of changes would tell at once: here it does not come.
  await page.route("**/api/v1/changes", (route) => route.abort());
  await page.goto(`/incidents/${incident.incident_id}`);
  await expect(page.getByRole("button", { name: "State: New" })).toBeVisible();
  await api.patch(path, { data: { state: "contained" }, headers: { "if-match": "*" } });

  await page.getByRole("button", { name: "State: New" }).click();
  await page.getByRole("menuitem", { name: "Triage" }).click();
  await expect(page.getByText(/Somebody else changed the state meanwhile/).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "State: Contained" })).toBeVisible();
  expect((await read(api, incident.incident_id)).state).toBe("contained");

  // What the other did not touch goes through.
  await api.patch(path, { data: { state: "triage" }, headers: { "if-match": "*" } });
  await page.getByRole("button", { name: "Assign" }).click();
  await page.getByRole("menuitem", { name: "Me" }).click();
  await expect(page.getByText("Assigned to you").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "State: Triage" })).toBeVisible();
});

test("two incidents are merged, the old address leads on, and they are un-merged", async ({ page, api }) => {
  const [one, two] = [await newIncident(api), await newIncident(api)];
  await page.goto(`/incidents/${one.incident_id}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: /Merge with/ }).click();
  const dialog = page.getByRole("dialog", { name: /Merge #/ });
  await dialog
    .getByLabel("Other incident")
    .first()
    .fill(two.title.split(" ").at(-1) ?? "");
  await dialog.getByRole("radio", { name: new RegExp(`#${two.number}\\b`) }).check();
  await dialog.getByLabel("Why they are the same").fill("Same hands");
  await dialog.getByRole("button", { name: "Merge", exact: true }).click();
  await expect(dialog).toBeHidden();

  const redirects = async () => {
    const both = await Promise.all([one, two].map((each) => api.get(`/api/v1/incidents/${each.incident_id}`)));
    return Promise.all(both.map(async (each) => ((await each.json()) as { redirect_to: string | null }).redirect_to));
  };
  await expect.poll(async () => (await redirects()).filter(Boolean).length, { timeout: 30_000 }).toBe(1);
  const ended = (await redirects())[0] === null ? two : one;
  const goesOn = ended === one ? two : one;
  await page.goto(`/incidents/${ended.incident_id}`);
  await expect(page).toHaveURL(new RegExp(goesOn.incident_id));
  await expect(page.getByText(`#${ended.number} was merged into this incident`)).toBeVisible();

  await page.getByRole("link", { name: "Discussion", exact: true }).click();
  await page.getByRole("button", { name: "Un-merge" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Un-merge" }).click();
  await expect.poll(async () => (await redirects()).filter(Boolean).length, { timeout: 30_000 }).toBe(0);
});

test("a member who is mentioned finds it; a viewer can read and change nothing", async ({ page, browser, api }) => {
  const incident = await newIncident(api);
  const viewer = await newPerson(api, "viewer");
  await page.goto(`/incidents/${incident.incident_id}?tab=discussion`);
  const box = page.getByRole("textbox", { name: "Comment" });
  await box.pressSequentially(`Please look, @${viewer.email.slice(0, 20)}`);
  await page.getByRole("option", { name: new RegExp(viewer.email) }).click();
  await box.pressSequentially("it calls home");
  await box.press("Control+Enter");
  await expect(page.getByText("it calls home")).toBeVisible();
  await expect(box).toHaveValue("");

  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const theirs = await context.newPage();
  await signIn(theirs, viewer.email, viewer.password);
  await theirs.getByRole("button", { name: "Mentions, 1 unread" }).click();
  await theirs.getByRole("link", { name: /Please look, @viewer it calls home/ }).click();
  await expect(theirs).toHaveURL(new RegExp(`${incident.incident_id}.*tab=discussion`));
  await expect(theirs.getByRole("button", { name: "Mentions", exact: true })).toBeVisible();
  await expect(theirs.getByText("it calls home")).toBeVisible();
  for (const name of [/^Assign/, /^State:/, /verdict/i, "Comment", "Edit comment"])
    await expect(theirs.getByRole("button", { name })).toHaveCount(0);
  await expect(theirs.getByRole("textbox", { name: "Comment" })).toHaveCount(0);
  await theirs.keyboard.press("v");
  await expect(theirs.getByRole("dialog")).toHaveCount(0);
  await context.close();
});

test("evidence is added and removed; the graph, its list and the report show the incident", async ({ page, api }) => {
  const incident = await newIncident(api);
  await page.goto(`/incidents/${incident.incident_id}?tab=evidence`);
  await page.getByRole("button", { name: "Add evidence" }).click();
  const dialog = page.getByRole("dialog", { name: "Add evidence" });
  await dialog.getByLabel("Kind").selectOption("url");
  await dialog.getByLabel("Address").fill("javascript:alert(1)");
  await dialog.getByRole("button", { name: "Add evidence" }).click();
  await expect(dialog.getByText(/begins with http/).last()).toBeVisible();
  await dialog.getByLabel("Address").fill("https://example.com/ticket/7");
  await dialog.getByRole("button", { name: "Add evidence" }).click();
  await expect(page.getByRole("link", { name: "https://example.com/ticket/7" })).toBeVisible();

  await page.getByRole("link", { name: "Graph", exact: true }).click();
  await expect(page.locator(".react-flow__node").first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Show as list" }).click();
  await expect(
    page
      .getByRole("grid", { name: /Findings and entities/ })
      .getByRole("row")
      .nth(1),
  ).toBeVisible();

  await page.goto(`/incidents/${incident.incident_id}/report`);
  await expect(page.getByRole("heading", { name: "Timeline (1 finding)" })).toBeVisible();
  await expect(page.getByText("https://example.com/ticket/7")).toBeVisible();
  await expectAccessible(page);

  await page.goto(`/incidents/${incident.incident_id}?tab=evidence`);
  await page.getByRole("button", { name: "Remove evidence" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("Nothing was attached yet")).toBeVisible();
});
