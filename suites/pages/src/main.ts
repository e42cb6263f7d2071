// Looks at the web page in Chromium: every view in five situations, light and dark, wide and narrow. Writes screenshots, checks
// accessibility (axe), errors, the content policy and widths, and tries what people do. Exits with 1 when there is a problem.
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SecretRegistry, systemClock } from '@worker-host/core';
import type { Browser } from 'puppeteer-core';
import { openAdministration } from 'worker-host/embedded';
import { accessibilityProblems, findChromium, openBrowser, openPage, type WatchedPage } from './browser.js';
import { findReason, tryActions } from './deeds.js';
import { CONSOLE, FAILURE, prepareHome, SITUATIONS, type Situation } from './situations.js';
import { openWorkerPage } from './worker-page.js';

const { openUiServer } = (await import(
  fileURLToPath(new URL('../../../../packages/worker-host/dist/src/ui/ui-server.js', import.meta.url))
)) as { openUiServer(options: object): Promise<{ readonly url: string; close(): Promise<void> }> };

const TOKEN = 'token-of-the-suite';
const LOOKS = [
  { name: 'wide-light', width: 1280, height: 900, scheme: 'light' },
  { name: 'narrow-dark', width: 390, height: 800, scheme: 'dark' },
] as const;
/** Longest time that the server may take for a page. */
const LONGEST_MS = 200;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'screenshots' },
    runs: { type: 'string', default: '10000' },
    only: { type: 'string' },
  },
});

const chromium = findChromium();
if (chromium === null) {
  console.error('Chromium was not found. Install it (Debian: apt-get install chromium), or name it in CHROME.');
  process.exit(1);
}
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const browser = await openBrowser(chromium);
let problems = 0;
try {
  for (const situation of SITUATIONS.filter((each) => values.only === undefined || each === values.only))
    problems += await look(browser, situation);
  if (values.only === undefined || values.only === 'worker') problems += await lookAtWorker(browser);
} finally {
  await browser.close();
}
console.log(problems === 0 ? `No problems. Screenshots: ${out}` : `${problems} problems. Screenshots: ${out}`);
process.exitCode = problems === 0 ? 0 : 1;

async function look(browser: Browser, situation: Situation): Promise<number> {
  const { home, runId } = prepareHome(situation, Number(values.runs));
  const administration = await openAdministration({ home });
  const server = await openUiServer({
    administration,
    host: '127.0.0.1',
    port: 0,
    access: { hosts: [], token: null },
    actionToken: TOKEN,
    secrets: new SecretRegistry(),
    clock: systemClock,
  });
  const views = {
    pools: '?view=pools',
    runs: '?view=runs',
    failed: '?view=runs&state=failed&state=crashed&hours=24',
    deployments: '?view=deployments',
    workers: '?view=workers',
    ...(runId === null ? {} : { run: `?view=run&id=${runId}` }),
  };
  const found: string[] = [];
  try {
    for (const [view, address] of Object.entries(views))
      found.push(...(await lookAtView(browser, `${situation}-${view}`, server.url, address)));
    found.push(...(await slowAnswers(server.url, runId)));
    if (situation === 'trouble') {
      found.push(...(await wrongLinks(browser, `${server.url}/${views.run}`)));
      found.push(...(await findReason(browser, server.url, FAILURE)));
    }
    if (situation === 'busy')
      found.push(...(await tryActions(browser, server.url, TOKEN, administration, runId ?? '')));
  } finally {
    await server.close();
    await administration.close();
    rmSync(home, { recursive: true, force: true });
  }
  return report(situation, Object.keys(views).length, found);
}

/** The page on the port of a worker in trouble, whose control plane keeps its data elsewhere. */
async function lookAtWorker(browser: Browser): Promise<number> {
  const server = await openWorkerPage();
  try {
    return report('worker', 1, await lookAtView(browser, 'worker', server.url, ''));
  } finally {
    await server.close();
  }
}

async function lookAtView(browser: Browser, view: string, url: string, address: string): Promise<readonly string[]> {
  const found: string[] = [];
  const watched = await openPage(browser, url);
  for (const { name, width, height, scheme } of LOOKS) {
    await watched.page.setViewport({ width, height });
    await watched.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await show(watched, `${url}/${address}`);
    await watched.page.screenshot({ path: join(out, `${view}-${name}.png`), fullPage: true });
    const isTooWide = await watched.page.evaluate('document.documentElement.scrollWidth > innerWidth');
    if (isTooWide === true) found.push(`${view} ${name}: the page is wider than the screen`);
    found.push(...(await accessibilityProblems(watched.page)).map((line) => `${view} ${name}: ${line}`));
  }
  found.push(...watched.problems.map((line) => `${view}: ${line}`));
  await watched.page.close();
  return found;
}

function report(situation: string, views: number, found: readonly string[]): number {
  for (const line of found) console.error(`${situation}: ${line}`);
  console.log(`${situation}: ${views} views, ${found.length} problems`);
  return found.length;
}

async function show({ page }: WatchedPage, address: string): Promise<void> {
  await page.goto(address, { waitUntil: 'domcontentloaded' });
  await page.waitForFunction(
    `document.querySelector('main h1') !== null && document.querySelector('.live')?.textContent === 'Live'`,
    { timeout: 60_000 },
  );
}

/** A run leads to the consoles that its plugin stored and that its log names, and nowhere else. */
async function wrongLinks(browser: Browser, address: string): Promise<readonly string[]> {
  const watched = await openPage(browser, new URL(address).origin);
  await show(watched, address);
  await watched.page.waitForFunction(`document.querySelector('.log a') !== null`, { timeout: 10_000 });
  const links = (await watched.page.evaluate(
    `[...document.querySelectorAll('main a[target]')].map(({ href, rel, textContent }) => [textContent, href, rel].join(' '))`,
  )) as readonly string[];
  await watched.page.close();
  const expected = ['task', 'cluster', CONSOLE].map((text) => `${text} ${CONSOLE} noreferrer noopener`);
  return links.join() === expected.join() ? [] : [`the links of a run are ${links.join()}`];
}

/**
 * Measures the second request of each query of the page: processor time of this process, which runs the server, because other
 * programs run on the machine too; the best of three.
 */
async function slowAnswers(url: string, runId: string | null): Promise<readonly string[]> {
  const questions = [
    'pools',
    'runs?',
    'runs?state=late',
    'runs?state=failed&state=crashed&hours=24',
    'runs?search=nothing-like-it',
    'runs?sort=duration',
    'runs?worker=worker-a',
    'workers',
    'deployments',
  ];
  if (runId !== null) questions.push(`runs/${runId}`, `runs/${runId}/logs?tail=500&level=20`);
  const slow: string[] = [];
  for (const question of questions) {
    let best = Number.POSITIVE_INFINITY;
    for (let time = 0; time < 4; time += 1) {
      const before = process.cpuUsage();
      await (await fetch(`${url}/api/${question}`)).text();
      const { user, system } = process.cpuUsage(before);
      if (time > 0) best = Math.min(best, (user + system) / 1000);
    }
    console.log(`  ${best.toFixed(0).padStart(4)} ms  ${question}`);
    if (best > LONGEST_MS) slow.push(`${question} takes ${best.toFixed(0)} ms`);
  }
  return slow;
}
