import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the tests know of the platform they look at; written once by start.ts, read by each worker. */
export type PlatformUnderTest = {
  /** Address of the console. */
  base: string;
  /** Address of the api's doors, for records. */
  api: string;
  owner: string;
  password: string;
};

// The first process makes the folder; the workers it starts are told.
const folder = process.env.E2E_FOLDER ?? mkdtempSync(join(tmpdir(), "minixdr-e2e-"));
process.env.E2E_FOLDER = folder;

export const FOLDER = folder;
export const STATE_FILE = join(folder, "owner.json");
export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FILE = join(folder, "platform.json");
export const PLATFORM_FILE = FILE;

export function platformFile(): PlatformUnderTest | undefined {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as PlatformUnderTest) : undefined;
}

/** The platform under test. Raises where start.ts did not run. */
export function platform(): PlatformUnderTest {
  const found = platformFile();
  if (found === undefined) throw new Error(`no platform: ${FILE} is missing`);
  return found;
}
