import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretRegistry } from '@worker-host/core';
import { FakeClock, settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { Listening } from '../../src/health/listening.js';
import type { HostStatus } from '../../src/host/status.js';
import { openAdministration } from '../../src/orchestrators/embedded/administration.js';
import type { Administration } from '../../src/orchestrators/embedded/administration-types.js';
import { openWorkerPage } from '../../src/ui/open-worker-page.js';
import { versionOf } from '../../src/ui/serving-worker.js';
import { UiPage } from '../../src/ui/ui-page.js';
import { openUiServer, type UiServerOptions } from '../../src/ui/ui-server.js';
import { newRun, PoolBench } from '../orchestrators/embedded/support/pool-bench.js';

const TOKEN = 'the token of actions';

describe('the server of the web page', () => {
  let bench: PoolBench;
  let administration: Administration;
  let server: Listening;
  const secrets = new SecretRegistry();
  beforeEach(async () => {
    bench = new PoolBench();
    bench.openWithPool();
    administration = await openAdministration({ home: bench.home, nowMs: () => bench.nowMs });
  });
  afterEach(async () => {
    await server.close();
    await administration.close();
    await bench.dispose();
  });

  const open = async (options: Partial<UiServerOptions> = {}): Promise<void> => {
    const usual = { host: '127.0.0.1', port: 0, access: { hosts: [], token: null }, actionToken: TOKEN };
    server = await openUiServer({ administration, secrets, clock: bench.clock, ...usual, ...options });
  };
  // biome-ignore lint/suspicious/noExplicitAny: responses have many shapes
  const ask = async (path: string): Promise<any> => await (await fetch(`${server.url}/api/${path}`)).json();
  const act = async (action: string, name: string, headers: Record<string, string> = {}) => {
    const given = { 'content-type': 'application/json', 'x-worker-host-token': TOKEN, ...headers };
    const init = { method: 'POST', headers: given, body: JSON.stringify({ name }) };
    const response = await fetch(`${server.url}/api/actions/${action}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('serves the page and everything that it loads, under a policy without inline script or style', async () => {
    await open();
    const page = await fetch(server.url);
    const html = await page.text();

    expect(page.headers.get('content-security-policy')).to.match(
      /^default-src 'none'; script-src 'self'; style-src 'self'/,
    );
    expect(html).not.to.match(/<script(?![^>]*src=)|style=|https?:\/\//);
    const files = ['assets/app.js', 'assets/app.css', 'assets/icon.svg'];
    for (const file of files) {
      const response = await fetch(`${server.url}/${file}`);
      const text = await response.text();
      expect(response.status, file).to.equal(200);
      files.push(
        ...[...text.matchAll(/from '\.\/([\w-]+\.js)'/g)]
          .map(([, name]) => `assets/${name}`)
          .filter((name) => !files.includes(name)),
      );
    }
    expect(files).to.include('assets/lit-html.js');
    for (const path of ['assets/../package.json', 'assets/constructor', 'other', 'api/other', 'api/runs/x/other'])
      expect((await fetch(`${server.url}/${path}`)).status, path).to.equal(404);
  });

  it('returns deployments, each with the next time of its schedules', async () => {
    await open();
    const { deployments } = bench.open();
    const schedules = ['0 0 1 1 *', '0 0 * * *'].map((cron) => ({ kind: 'cron' as const, cron, timezone: 'UTC' }));
    const usual = { workPoolName: 'mine', workQueueName: null, jobVariables: {}, parameters: {}, tags: [] };
    deployments.create({ ...usual, name: 'nightly', schedules });
    deployments.create({ ...usual, name: 'by-hand', schedules: [] });

    const answered = await ask('deployments');

    const times = answered.deployments.map(({ name, nextTime }: Record<string, unknown>) => [name, nextTime]);
    const midnight = new Date(Math.ceil((bench.nowMs + 1) / 86_400_000) * 86_400_000).toISOString();
    expect(times).to.have.deep.members([
      ['nightly', midnight],
      ['by-hand', null],
    ]);
  });

  it('returns pools: what waits and why, failures by reason, ended runs by hour', async () => {
    await open();
    const pool = bench.open();
    for (const at of [0, 1, 2]) {
      const { id } = pool.runs.create(newRun({ name: `${at}` }));
      if (at === 2) continue;
      pool.runs.storeResult(id, { diagnosis: { summary: 'Out of memory' } });
      pool.runs.propose(id, { type: 'FAILED', force: true });
      await bench.clock.advance(3_600_000);
    }

    const { pools } = await ask('pools');

    expect(pools[0]).to.deep.include({ dueRuns: 1, lateRuns: 0, activeRuns: 0, workers: [] });
    expect(pools[0].waitingFor).to.contain("No worker serves pool 'mine'");
    expect(pools[0].failures).to.have.length(1);
    expect(pools[0].failures[0]).to.include({ stateName: 'Failed', reason: 'Out of memory', runs: 2 });
    expect(pools[0].hours.map(({ failed }: { failed: number }) => failed).slice(-4)).to.deep.equal([0, 1, 1, 0]);
    expect(pools[0].pool).to.not.have.property('baseJobTemplate');
  });

  it('returns runs by the filters of the URL, and one with its timeline and log', async () => {
    await open();
    const pool = bench.open();
    const { id } = pool.runs.create(
      newRun({ name: 'a', jobVariables: { API_TOKEN: 'hush', cpu: 1 }, scheduledForMs: bench.nowMs + 1000 }),
    );
    pool.runs.create(newRun({ name: 'b', tags: ['red'] }));
    await bench.clock.advance(3000);
    bench.worker().claim(id);
    await bench.clock.advance(2000);
    const log = 'INSERT INTO logs (flow_run_id, name, level, message, timestamp_ms) VALUES (?, ?, 20, ?, 1)';
    for (const line of ['one', 'two']) pool.database.run(log, id, 'x', line);

    const { runs, more } = await ask('runs?limit=1');
    const run = await ask(`runs/${id}`);
    const { lines } = await ask(`runs/${id}/logs?tail=1`);

    expect([runs[0].name, more]).to.deep.equal(['a', 1]);
    expect((await ask('runs?tag=red&state=scheduled&state=failed')).runs).to.have.length(1);
    expect((await ask('runs?state=late')).runs).to.have.length(0);
    expect(run.jobVariables).to.deep.equal({ API_TOKEN: '********', cpu: 1 });
    const bars = run.timeline.map(({ name, startMs, endMs }: Record<string, number>) => [
      name,
      (endMs ?? 0) - (startMs ?? 0),
    ]);
    expect(bars).to.deep.equal([
      ['Scheduled', 2000],
      ['Pending', 2000],
    ]);
    expect(lines.map(({ message }: { message: string }) => message)).to.deep.equal(['two']);
    expect(await ask('runs/none')).to.have.nested.property('error.code', 'NOT_FOUND');
    expect((await fetch(`${server.url}/api/runs?pool=none`)).status).to.equal(404);
  });

  it('executes actions with the token for actions, and creates a run again', async () => {
    await open();
    const run = bench.open().runs.create(newRun({ name: 'a', jobVariables: { cpu: 1 }, tags: ['red'] }));

    expect(await act('cancel-run', run.id)).to.deep.equal({ status: 200, body: { state: 'Cancelled' } });
    const again = await act('run-again', run.id);
    const { flowRun } = await administration.readRun(String(again.body.id));
    expect(flowRun).to.deep.include({ jobVariables: { cpu: 1 }, tags: ['red'], stateType: 'SCHEDULED' });
    expect((await act('pause-pool', 'mine')).status).to.equal(200);
    expect((await administration.readWorkPool('mine')).isPaused).to.equal(true);
    expect((await act('resume-pool', 'mine')).status).to.equal(200);
    expect((await administration.readWorkPool('mine')).isPaused).to.equal(false);
    expect((await act('explode', 'mine')).status).to.equal(404);
    expect((await act('pause-pool', 'none')).body).to.have.nested.property('error.code', 'NOT_FOUND');
  });

  const refused: readonly (readonly [what: string, headers: Record<string, string>])[] = [
    ['no token', { 'x-worker-host-token': '' }],
    ['another token', { 'x-worker-host-token': 'guess' }],
    ['the origin of another site', { origin: 'https://evil.example' }],
    ['a fetch of another site', { 'sec-fetch-site': 'cross-site' }],
  ];
  for (const [what, headers] of refused)
    it(`changes nothing for ${what}`, async () => {
      await open();

      expect((await act('pause-pool', 'mine', headers)).status).to.equal(403);
      expect((await administration.readWorkPool('mine')).isPaused).to.equal(false);
    });

  it('changes nothing if actions are disabled', async () => {
    await open({ actionToken: null });

    expect((await act('pause-pool', 'mine')).status).to.equal(403);
    expect((await ask('about')).hasActions).to.equal(false);
  });

  it('responds only to clients with the token for readers, under its own name', async () => {
    await open({ access: { hosts: [], token: 'a long token' } });
    const named = (host: string): Promise<number | undefined> =>
      new Promise(
        (resolve) => void get(server.url, { headers: { host } }, (response) => resolve(response.resume().statusCode)),
      );

    expect((await fetch(`${server.url}/api/pools`)).status).to.equal(401);
    expect(
      (await fetch(`${server.url}/api/pools`, { headers: { authorization: 'Bearer a long token' } })).status,
    ).to.equal(401);
    const basic = `Basic ${Buffer.from('x:a long token').toString('base64')}`;
    expect((await fetch(`${server.url}/api/pools`, { headers: { authorization: basic } })).status).to.equal(200);
    expect(await named('evil.example')).to.equal(421);
  });

  it('escapes a name that would reverse the text', async () => {
    await open();
    const pool = bench.open();
    const { id } = pool.runs.create(newRun({ name: 'fox\u202eevil' }));

    expect((await ask(`runs/${id}`)).name).to.equal('fox\\u202eevil');
  });

  it('handles odd paths and queries, and unknown actions', async () => {
    await open();
    const statusOf = (path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get(server.url, { path }, (response) => resolve(response.resume().statusCode)).on('error', reject);
      });
    for (const path of ['//', '//[', '/api/../..//etc/passwd', '/assets/..%2f..%2fpackage.json', '/assets/__proto__'])
      expect(await statusOf(path), path).to.equal(404);
    expect(await statusOf('/api/runs/%ff')).to.equal(400);
    for (const path of ['/api/runs?hours=1e308&limit=1e9&state=__proto__&after=%00', '/api/runs/x/logs?after=1e999'])
      expect(await statusOf(path), path).to.equal(200);

    const headers = { 'content-type': 'application/json', 'x-worker-host-token': TOKEN };
    for (const body of ['null', '[]', '{"name":7}', '"x"']) {
      const response = await fetch(`${server.url}/api/actions/pause-pool`, { method: 'POST', headers, body });
      expect(response.status, body).to.equal(404);
    }
    expect((await act('pause-pool', 'mine', { origin: 'null' })).status).to.equal(403);
  });

  it('redacts known secrets in every response', async () => {
    secrets.add('s3cretvalue');
    await open();
    const { id } = bench.open().runs.create(newRun({ name: 'a', jobVariables: { command: 'login s3cretvalue' } }));

    expect((await ask(`runs/${id}`)).jobVariables).to.deep.equal({ command: 'login ********' });
  });

  it('notifies browsers when another process has changed something', async () => {
    const clock = new FakeClock();
    await open({ clock });
    const { body } = await fetch(`${server.url}/api/events`);
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    let heard = '';
    const reading = (async () => {
      while (!heard.includes('event: change')) heard += Buffer.from((await reader.read()).value ?? []).toString();
    })();
    while (!heard.includes('retry')) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(1000);
    await settle();
    expect(heard).not.to.contain('event: change');

    bench.open().runs.create(newRun());
    await clock.advance(1000);
    await reading;

    expect(heard).to.contain('event: change\ndata: {}\n\n');
    await reader.cancel();
  });
});

describe('the page of a worker', () => {
  it('shows only the worker if the control plane stores its data elsewhere, and can change nothing', async () => {
    const status = { workerName: 'w', problems: ['hush is wrong'], runs: [{ flowRunId: 'a', name: 'a\u202eb' }] };
    const secrets = new SecretRegistry();
    secrets.add('hush is');
    const page = new UiPage({
      administration: null,
      worker: {
        status: () => status as unknown as HostStatus,
        backlog: async () => ({ dueRuns: 2, lateRuns: 1, oldestDueMs: 5 }),
        runPage: (id) => `http://ui/${id}`,
      },
      actionToken: null,
      secrets,
      clock: new FakeClock(),
    });
    const server = createServer((request, response) => void page.respond(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = async (path: string, init?: RequestInit) => {
      const response = await fetch(`${url}${path}`, init);
      return { status: response.status, body: await response.text() };
    };
    try {
      expect(JSON.parse((await ask('/api/about')).body)).to.deep.include({
        views: ['worker'],
        hasActions: false,
        database: null,
      });
      const worker = JSON.parse((await ask('/api/worker')).body);
      expect(worker).to.deep.include({ workerName: 'w', problems: ['******** wrong'] });
      expect(worker.backlog).to.deep.equal({ dueRuns: 2, lateRuns: 1, oldestDueMs: 5 });
      expect(worker.runs[0].url).to.equal('http://ui/a');
      expect(worker.runs[0].name).not.to.contain('\u202e');
      expect((await ask('/api/pools')).status).to.equal(404);
      expect((await ask('/api/actions/pause-pool', { method: 'POST' })).status).to.equal(403);
      expect((await ask('/')).body).to.contain('<title>worker-host</title>');
    } finally {
      page.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('is opened by a program with only the status of its host', async () => {
    const page = openWorkerPage(() => ({ workerName: 'w', runs: [] }) as unknown as HostStatus);
    const server = createServer((request, response) => void page.respond(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/api/worker`);
      expect(await answer.json()).to.deep.equal({ workerName: 'w', backlog: null, runs: [] });
    } finally {
      page.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('has news whenever the worker has done something', () => {
    let lastPollMs = 1;
    const version = versionOf({ status: () => ({ lastPollMs }) as HostStatus });
    const first = version();
    expect(version()).to.equal(first);
    lastPollMs = 2;
    expect(version()).to.equal(first + 1);
  });
});
