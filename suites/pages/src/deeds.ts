import type { Browser } from 'puppeteer-core';
import type { openAdministration } from 'worker-host/embedded';
import { openPage } from './browser.js';

type Administration = Awaited<ReturnType<typeof openAdministration>>;

const PATIENCE = { timeout: 30_000 };

/** Does on the page what users do, and returns what did not happen. */
export async function tryActions(
  browser: Browser,
  url: string,
  token: string,
  administration: Administration,
  runId: string,
): Promise<readonly string[]> {
  const missing: string[] = [];
  const { page, problems } = await openPage(browser, url);
  const seen = async (what: string, condition: string): Promise<void> => {
    await page.waitForFunction(condition, PATIENCE).catch(() => missing.push(what));
  };
  page.on('dialog', (dialog) => void dialog.accept());

  await page.goto(`${url}/?view=runs`);
  await seen(
    'no button without the token',
    `document.querySelector('main table') && !document.querySelector('main button.danger')`,
  );
  await page.goto(`${url}/#token=${token}`);
  await page.reload();
  await seen('the token leaves the address', `location.hash === ''`);
  await seen(
    'a button to pause the pool',
    `[...document.querySelectorAll('button')].some((each) => each.textContent === 'Pause the pool')`,
  );

  await page.evaluate(
    `[...document.querySelectorAll('button')].find((each) => each.textContent === 'Pause the pool').click()`,
  );
  await seen('the pool is paused', `document.querySelector('main').textContent.includes('Resume the pool')`);
  if (!(await administration.readWorkPool('batch')).isPaused) missing.push('the pool is paused in the database');

  await page.evaluate(`[...document.querySelectorAll('nav a')].find((each) => each.textContent === 'Runs').click()`);
  await seen(
    'the list of runs',
    `document.querySelector('main h1').textContent === 'Runs' && location.search.includes('view=runs')`,
  );
  await page.keyboard.press('/');
  await page.keyboard.type('patient-owl-3');
  await page.keyboard.press('Enter');
  await seen('the filter is in the address', `location.search.includes('search=patient-owl-3')`);
  await seen('only what matches', `document.querySelectorAll('main tbody tr').length === 1`);
  await page.goBack();
  await seen('back shows all again', `document.querySelectorAll('main tbody tr').length > 10`);

  await page.evaluate(
    `[...document.querySelectorAll('main a')].find((each) => each.textContent === 'patient-owl-3').click()`,
  );
  await seen(
    'the page of a run, and why it waits',
    `document.querySelector('button.danger') !== null && document.querySelector('main').textContent.includes('is paused')`,
  );
  await page.evaluate(`document.querySelector('button.danger').click()`);
  await seen('the run is cancelled', `document.querySelector('.state')?.textContent === 'Cancelled'`);
  await page.evaluate(
    `[...document.querySelectorAll('button')].find((each) => each.textContent === 'Run it again').click()`,
  );
  await seen(
    'a new run is queued',
    `document.querySelector('[role=status] a')?.href.includes('view=run') ?? document.body.textContent.includes('Queued')`,
  );

  await page.goto(`${url}/?view=run&id=${runId}`);
  await seen('the log of a run', `document.querySelectorAll('.log div').length > 100`);
  await administration.createFlowRun({
    deploymentName: null,
    workPoolName: 'batch',
    workQueueName: null,
    name: 'made-elsewhere',
    jobVariables: { command: 'x' },
    parameters: {},
    tags: [],
    idempotencyKey: null,
    scheduledForMs: null,
  });

  const refused = await fetch(`${url}/api/actions/pause-pool`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-worker-host-token': token, origin: 'https://evil.example' },
    body: JSON.stringify({ name: 'batch' }),
  });
  if (refused.status !== 403) missing.push('an action from another site is refused');
  await page.close();
  return [...missing.map((what) => `does not happen: ${what}`), ...problems];
}

/** Number of clicks allowed from the first page to the reason of a failure and its line in the log. */
const MOST_CLICKS = 3;

/**
 * Goes from the failing pool on the first page to the reason of a failed run, only by clicks, and returns what was not
 * found.
 */
export async function findReason(
  browser: Browser,
  url: string,
  { reason, line }: { readonly reason: string; readonly line: string },
): Promise<readonly string[]> {
  const { page, problems } = await openPage(browser, url);
  const isThere = (selector: string, text: string): Promise<boolean> =>
    page
      .waitForFunction(
        `[...document.querySelectorAll(${JSON.stringify(selector)})].some((each) => each.checkVisibility() && each.textContent.includes(${JSON.stringify(text)}))`,
        { timeout: 5_000 },
      )
      .then(
        () => true,
        () => false,
      );
  const missing: string[] = [];
  let clicks = 0;
  const click = async (element: string): Promise<void> => {
    clicks += 1;
    await page.evaluate(`${element}.click()`);
  };
  await page.goto(url);
  if (!(await isThere('.trouble', 'Failures of the last 24 hours')))
    missing.push('a pool in trouble on the first page');
  await click(
    `[...document.querySelectorAll('.trouble li')].find((each) => each.textContent.includes(${JSON.stringify(reason)})).querySelector('a')`,
  );
  if (!(await isThere('.trouble h2', reason))) missing.push(`the reason on the page of the run: ${reason}`);
  if (!(await isThere('.log div.bad, .log div', line))) missing.push(`the line in the log: ${line}`);
  if (clicks > MOST_CLICKS) missing.push(`the reason within ${MOST_CLICKS} clicks (took ${clicks})`);
  await page.close();
  return [...missing.map((what) => `not found: ${what}`), ...problems];
}
