// Lighthouse's scores of pages of a console that runs, signed in: `npm run lighthouse -- --help`.
//
// Lighthouse is not among the console's packages (it is larger than all of them): it is taken from a folder of yours. A page's score is the
// best of its runs, since other work on the machine only ever lowers it; each run is printed.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const USAGE = `npm run lighthouse -- [options]

  --base URL         the console (http://127.0.0.1:3000)
  --email E-MAIL     who signs in (owner@localhost); the password is read from MINIXDR_PASSWORD
  --page PATH        a page to look at, again for more (/incidents and /overview)
  --profile NAME     desktop, mobile (Lighthouse's default: a slow phone on slow 4G) or both (both)
  --runs N           runs of each page (3)
  --least N          the least score of performance and accessibility, 0 to 100 (95)
  --lighthouse DIR   where \`npm install lighthouse@12\` was run (LIGHTHOUSE_DIR, else this package)
  --reports DIR      keep the HTML and JSON report of each page's best run there
  --json             print the scores as JSON

Chromium is CHROMIUM, or /usr/bin/chromium. Exit status: 0 all scores suffice, 1 one does not, 2 it could not be measured.`;

class CannotMeasure extends Error {}

const say = (text) => process.stdout.write(`${text}\n`);

const { values: given } = parseArgs({
  options: {
    base: { type: "string", default: "http://127.0.0.1:3000" },
    email: { type: "string", default: "owner@localhost" },
    page: { type: "string", multiple: true, default: ["/incidents", "/overview"] },
    profile: { type: "string", default: "both" },
    runs: { type: "string", default: "3" },
    least: { type: "string", default: "95" },
    lighthouse: { type: "string", default: process.env.LIGHTHOUSE_DIR ?? resolve(import.meta.dirname, "..") },
    reports: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const number = (name, least, most) => {
  const value = Number(given[name]);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new CannotMeasure(`--${name} ${given[name]}: a whole number from ${least} to ${most} is needed`);
};

/** Lighthouse and what it brings along to start and steer a browser. */
async function parts() {
  const from = createRequire(join(resolve(given.lighthouse), "package.json"));
  const load = async (name) => {
    let path;
    try {
      path = from.resolve(name);
    } catch {
      throw new CannotMeasure(
        `${name} is not in ${resolve(given.lighthouse)}: run \`npm install lighthouse@12\` in a folder outside the repository ` +
          "and name it by --lighthouse or LIGHTHOUSE_DIR (version 12 is the last that runs on Node 20)",
      );
    }
    return import(pathToFileURL(path).href);
  };
  const lighthouse = await load("lighthouse");
  return { ...lighthouse, launcher: await load("chrome-launcher"), puppeteer: (await load("puppeteer-core")).default };
}

/** The cookies of somebody who signed in. */
async function signIn() {
  const password = process.env.MINIXDR_PASSWORD;
  if (!password) throw new CannotMeasure(`MINIXDR_PASSWORD is missing: the password of ${given.email}`);
  const address = new URL("/api/v1/session", given.base);
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", "x-minixdr-request": "1" },
    body: JSON.stringify({ email: given.email, password }),
  }).catch((error) => {
    throw new CannotMeasure(`${address} does not answer: ${error.cause?.message ?? error.message}`);
  });
  if (!answer.ok)
    throw new CannotMeasure(`signing in was refused: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
  return answer.headers.getSetCookie().map((line) => {
    const [pair] = line.split(";");
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url: given.base };
  });
}

const AUDITS = {
  fcp_ms: "first-contentful-paint",
  lcp_ms: "largest-contentful-paint",
  tbt_ms: "total-blocking-time",
  si_ms: "speed-index",
  cls: "cumulative-layout-shift",
};

function scoresOf(lhr) {
  if (lhr.runtimeError) throw new CannotMeasure(`Lighthouse: ${lhr.runtimeError.code}: ${lhr.runtimeError.message}`);
  const shown = new URL(lhr.finalDisplayedUrl).pathname;
  if (shown !== new URL(lhr.requestedUrl).pathname)
    throw new CannotMeasure(`${lhr.requestedUrl} led to ${shown}: not the page that was asked for`);
  const category = (name) => Math.round((lhr.categories[name].score ?? 0) * 100);
  const failed = lhr.categories.accessibility.auditRefs.filter(
    ({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 1,
  );
  return {
    performance: category("performance"),
    accessibility: category("accessibility"),
    ...Object.fromEntries(
      Object.entries(AUDITS).map(([name, id]) => [name, Math.round(lhr.audits[id].numericValue * 1000) / 1000]),
    ),
    benchmark_index: lhr.environment.benchmarkIndex,
    accessibility_failed: failed.map(({ id }) => id),
  };
}

async function measured(lighthouse, opened, path, profile, runs) {
  const all = [];
  let best;
  for (let run = 1; run <= runs; run += 1) {
    let result;
    // The browser's trace now and then lacks the navigation: such a run has no scores, and is made again.
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const page = await opened();
      result = await lighthouse.default(
        new URL(path, given.base).href,
        { onlyCategories: ["performance", "accessibility"], output: ["html", "json"], logLevel: "error" },
        profile === "desktop" ? lighthouse.desktopConfig : undefined,
        page,
      );
      await page.close();
      if (result.lhr.runtimeError?.code !== "NO_NAVSTART") break;
    }
    const scores = scoresOf(result.lhr);
    all.push(scores);
    if (best === undefined || scores.performance > best.scores.performance) best = { scores, report: result.report };
    const { performance, accessibility, fcp_ms, lcp_ms, tbt_ms, si_ms, cls, benchmark_index } = scores;
    process.stderr.write(
      `${path} ${profile} ${run}/${runs}: performance ${performance}, accessibility ${accessibility} (first paint ${Math.round(fcp_ms)} ms, ` +
        `largest ${Math.round(lcp_ms)} ms, blocked ${Math.round(tbt_ms)} ms, speed index ${Math.round(si_ms)} ms, shift ${cls}; machine ${Math.round(benchmark_index)})\n`,
    );
  }
  if (given.reports) {
    mkdirSync(given.reports, { recursive: true });
    const name = join(given.reports, `${path.replaceAll(/[^a-z0-9]+/gi, "-").replaceAll(/^-|-$/g, "")}-${profile}`);
    for (const [at, ending] of ["html", "json"].entries()) writeFileSync(`${name}.${ending}`, best.report[at]);
  }
  return { page: path, profile, ...best.scores, runs: all };
}

async function main() {
  const [runs, least] = [number("runs", 1, 50), number("least", 0, 100)];
  const profiles = given.profile === "both" ? ["desktop", "mobile"] : [given.profile];
  if (profiles.some((each) => each !== "desktop" && each !== "mobile"))
    throw new CannotMeasure(`--profile ${given.profile}: desktop, mobile or both`);
  const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(chromium))
    throw new CannotMeasure(`${chromium} is missing: install Chromium, or set CHROMIUM to its path`);
  const lighthouse = await parts();
  const cookies = await signIn();
  const chrome = await lighthouse.launcher.launch({
    chromePath: chromium,
    chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"],
  });
  const found = [];
  try {
    const browser = await lighthouse.puppeteer.connect({
      browserURL: `http://127.0.0.1:${chrome.port}`,
      defaultViewport: null,
    });
    const opened = async () => {
      const page = await browser.newPage();
      await page.setCookie(...cookies);
      return page;
    };
    for (const profile of profiles)
      for (const path of given.page) found.push(await measured(lighthouse, opened, path, profile, runs));
    await browser.disconnect();
  } finally {
    chrome.kill();
  }
  const below = found.filter((each) => each.performance < least || each.accessibility < least);
  if (given.json) say(JSON.stringify({ least, scores: found }, null, 1));
  else {
    say(`best of ${runs} runs; at least ${least} is wanted`);
    for (const { page, profile, performance, accessibility, accessibility_failed: failed } of found)
      say(
        `${page.padEnd(16)} ${profile.padEnd(8)} performance ${performance}  accessibility ${accessibility}` +
          `${failed.length > 0 ? `  (${failed.join(", ")})` : ""}${performance < least || accessibility < least ? "  TOO LOW" : ""}`,
      );
  }
  return below.length === 0 ? 0 : 1;
}

if (given.help) say(USAGE);
else
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof CannotMeasure)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
