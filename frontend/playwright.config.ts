import { defineConfig } from "@playwright/test";

import { CHROMIUM, STATE_FILE, platformFile } from "./e2e/platform";

/**
 * The console in a real Chromium (Debian's) against a real platform: `e2e/start.ts` starts one of its own, filled by the demo's intrusion,
 * unless E2E_BASE names one that runs (then E2E_PASSWORD is its owner's).
 */
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  globalSetup: "./e2e/start.ts",
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // One more try on a machine that is busy with other things; what needed it is named as flaky.
  retries: 1,
  workers: Number(process.env.E2E_WORKERS ?? 2),
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    baseURL: platformFile()?.base,
    storageState: STATE_FILE,
    viewport: { width: 1440, height: 900 },
    timezoneId: "Europe/Berlin",
    locale: "en-US",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
  projects: [
    { name: "console", testIgnore: /screenshots\.spec\.ts/ },
    ...(process.env.SCREENSHOTS ? [{ name: "screenshots", testMatch: /screenshots\.spec\.ts/ }] : []),
  ],
});
