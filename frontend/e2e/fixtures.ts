import { type APIRequestContext, type Page, test as base, expect, request } from "@playwright/test";
import axe, { type AxeResults } from "axe-core";

import { STATE_FILE, platform } from "./platform";

export { expect, platform };

/** Words of the browser that are no fault of the page: what a test provokes itself. */
const EXPECTED = [/Failed to load resource/, /net::ERR_/, /EventSource/];

/**
 * `test` with the owner signed in (`storageState`). A test fails where the page throws, logs an error or breaks its security policy.
 *
 * `api` is the owner's way to make what a test needs: `await api.post("/api/v1/tokens", { data: {...} })`.
 */
export const test = base.extend<{ api: APIRequestContext; quiet: void }>({
  baseURL: async ({}, use) => use(platform().base),
  api: async ({}, use) => {
    const context = await as(STATE_FILE);
    await use(context);
    await context.dispose();
  },
  quiet: [
    async ({ page }, use) => {
      const wrong: string[] = [];
      page.on("pageerror", (error) => wrong.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" && !EXPECTED.some((each) => each.test(message.text())))
          wrong.push(message.text());
      });
      await use();
      expect(wrong, "errors of the page").toEqual([]);
    },
    { auto: true },
  ],
});

/** The api with the cookies of a state, or of nobody. */
export function as(state?: string): Promise<APIRequestContext> {
  return request.newContext({
    baseURL: platform().base,
    extraHTTPHeaders: { "x-minixdr-request": "1" },
    ...(state ? { storageState: state } : { storageState: { cookies: [], origins: [] } }),
  });
}

/** Signs in at the page, as a person does. The page must hold no session. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((address) => !address.pathname.startsWith("/sign-in"));
}

/** A new person in the owner's organization; returns what they sign in with. */
export async function newPerson(
  api: APIRequestContext,
  role: "viewer" | "analyst" | "admin",
): Promise<{ email: string; password: string }> {
  const email = `${role}-${Date.now()}-${Math.floor(Math.random() * 1e6)}@example.com`;
  const password = `a long ${role} password ${Math.random()}`;
  const invited = await api.post("/api/v1/invitations", { data: { email, role } });
  expect(invited.status(), await invited.text()).toBe(201);
  const { token } = (await invited.json()) as { token: string };
  const nobody = await as();
  const accepted = await nobody.post("/api/v1/invitation-acceptances", { data: { token, name: role, password } });
  expect(accepted.ok(), await accepted.text()).toBe(true);
  await nobody.dispose();
  return { email, password };
}

/** What axe finds against WCAG 2.2 A and AA on the page as it is now: none may be left. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const results = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] })`,
  );
  const found = results.violations.map(
    (each) =>
      `${each.id} (${each.impact}): ${each.help}\n  ${each.nodes
        .slice(0, 4)
        .map((node) => `${node.html.slice(0, 200)}\n    ${node.failureSummary ?? ""}`)
        .join("\n  ")}`,
  );
  expect.soft(found, page.url()).toEqual([]);
}
