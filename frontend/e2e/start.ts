import { request } from "@playwright/test";
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";

import { CHROMIUM, FOLDER, PLATFORM_FILE, type PlatformUnderTest, STATE_FILE } from "./platform";

const OWNER = "owner@localhost";
const START_MS = 180_000;

/** Starts a platform with the demo's intrusion in it, signs its owner in, and ends it after the tests. */
export default async function start(): Promise<() => Promise<void>> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `${CHROMIUM} is missing: install Debian's package chromium (apt-get install chromium), or set CHROMIUM to a Chromium of yours`,
    );
  }
  mkdirSync(FOLDER, { recursive: true });
  chmodSync(FOLDER, 0o755); // the engines run as another account where this is root; what is secret has a mode of its own
  const given = process.env.E2E_BASE;
  const { found, stop } = given ? { found: running(given), stop: async () => undefined } : await own();
  try {
    writeFileSync(PLATFORM_FILE, JSON.stringify(found), { mode: 0o600 });
    await signIn(found);
  } catch (error) {
    await stop();
    throw error;
  }
  return async () => {
    await stop();
    rmSync(FOLDER, { recursive: true, force: true });
  };
}

function running(base: string): PlatformUnderTest {
  const password = process.env.E2E_PASSWORD;
  if (!password) throw new Error("E2E_PASSWORD: the password of owner@localhost of the platform at E2E_BASE");
  return { base, api: process.env.E2E_API ?? "http://127.0.0.1:8000", owner: OWNER, password };
}

async function signIn(found: PlatformUnderTest): Promise<void> {
  const context = await request.newContext({ baseURL: found.base, extraHTTPHeaders: { "x-minixdr-request": "1" } });
  const answer = await context.post("/api/v1/session", { data: { email: found.owner, password: found.password } });
  if (!answer.ok()) throw new Error(`signing in failed: ${answer.status()} ${await answer.text()}`);
  await context.storageState({ path: STATE_FILE });
  await context.dispose();
}

async function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? done(address.port) : failed(new Error("no port")),
      );
    });
  });
}

async function own(): Promise<{ found: PlatformUnderTest; stop: () => Promise<void> }> {
  const root = resolve(__dirname, "../..");
  const program = process.env.MINIXDR ?? join(root, ".venv/bin/minixdr");
  const data = join(FOLDER, "data");
  rmSync(data, { recursive: true, force: true });
  const [port, web] = [await freePort(), await freePort()];
  const child = spawn(
    program,
    ["up", "--data-dir", data, "--port", String(port), "--web-port", String(web), "--owner", OWNER, "--demo"],
    {
      stdio: ["ignore", "pipe", "pipe"],
      // The tests listen for notifications on loopback, which the platform refuses otherwise.
      env: {
        ...process.env,
        MINIXDR_INGEST_URL: `http://127.0.0.1:${port}`,
        MINIXDR_NOTIFY_NETWORKS: "127.0.0.0/8",
      },
    },
  );
  const stop = () => ended(child);
  try {
    const output = await untilReady(child);
    const password = /password (\S+)/.exec(output)?.[1];
    if (password === undefined) throw new Error(`no password in what \`minixdr up\` said:\n${output}`);
    return {
      found: { base: `http://127.0.0.1:${web}`, api: `http://127.0.0.1:${port}`, owner: OWNER, password },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function untilReady(child: ChildProcess): Promise<string> {
  return new Promise((done, failed) => {
    let said = "";
    const timer = setTimeout(() => failed(new Error(`not ready after ${START_MS / 1000} s:\n${said}`)), START_MS);
    const heard = (chunk: Buffer) => {
      said += chunk.toString();
      if (/^ready: /m.test(said)) {
        clearTimeout(timer);
        done(said);
      }
    };
    child.stdout?.on("data", heard);
    child.stderr?.on("data", heard);
    child.on("exit", (code) => {
      clearTimeout(timer);
      failed(new Error(`\`minixdr up\` ended with ${code}:\n${said}`));
    });
    child.on("error", failed);
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.pid === undefined) return done();
    child.removeAllListeners("exit");
    child.once("exit", () => done());
    child.kill("SIGTERM");
  });
}
