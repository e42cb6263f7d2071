import { expect } from 'chai';
import { openHealthServer } from '../../src/health/health-server.js';
import { healthAnswer, readyAnswer } from '../../src/health/health-status.js';
import type { HostStatus } from '../../src/host/status.js';
import { createPrometheusMeter } from '../../src/metrics/prometheus-meter.js';

const NOW_MS = 1_000_000;

function aStatus(parts: Partial<HostStatus> = {}): HostStatus {
  return {
    workerName: 'w',
    workerType: 'fake',
    workPoolName: 'p',
    controlPlane: 'memory',
    phase: 'working',
    startedAtMs: 0,
    lastPollMs: NOW_MS,
    lastHeartbeatMs: NOW_MS,
    querySeconds: 10,
    isPoolPaused: false,
    slots: { taken: 1, limit: 2 },
    runs: [],
    runsEnded: 0,
    stuckLoops: [],
    workerProblems: [],
    problems: [],
    passedOver: [],
    pluginFaults: [],
    ...parts,
  };
}

describe('healthAnswer', () => {
  it('is healthy while every loop makes progress, whatever is unavailable', () => {
    const away = aStatus({ phase: 'starting', lastPollMs: null, problems: ['away'], workerProblems: ['blind'] });

    expect(healthAnswer(away)).to.deep.equal({ statusCode: 200, body: { message: 'OK' } });
  });

  it('is unhealthy when a loop is stuck, and names it', () => {
    const answer = healthAnswer(aStatus({ stuckLoops: ['poll'] }));

    expect(answer).to.have.property('statusCode', 503);
    expect(answer.body.problems).to.deep.equal(['The poll loop is stuck']);
  });
});

describe('readyAnswer', () => {
  const cases = [
    ['working', {}, 200],
    ['starting', { phase: 'starting' }, 503],
    ['draining', { phase: 'draining' }, 503],
    ['in trouble', { problems: ['x'] }, 503],
  ] as const;
  for (const [name, parts, expected] of cases)
    it(`responds with ${expected} when ${name}`, () => {
      expect(readyAnswer(aStatus(parts)).statusCode).to.equal(expected);
    });
});

describe('readyAnswer of a worker that skips records', () => {
  const passedOver = ['run x is passed over'];

  it('reports them, and is ready nevertheless', () => {
    expect(readyAnswer(aStatus({ passedOver }))).to.deep.equal({
      statusCode: 200,
      body: { message: 'Ready', passedOver },
    });
  });

  it('reports faults of the plugin, and is ready nevertheless', () => {
    const pluginFaults = ["The plugin 'p' called context.output() with a value that is not a list of lines"];

    expect(readyAnswer(aStatus({ pluginFaults })).body).to.deep.equal({ message: 'Ready', pluginFaults });
  });

  it('reports them in addition to what prevents it from being ready', () => {
    expect(readyAnswer(aStatus({ passedOver, problems: ['away'] }))).to.deep.equal({
      statusCode: 503,
      body: { message: 'Not ready: working', problems: ['away'], passedOver },
    });
  });
});

describe('openHealthServer', () => {
  it('serves health, readiness and metrics, and nothing else without a page', async () => {
    const meter = await createPrometheusMeter();
    meter.count('ecs_launches_total', { how: 'launched' });
    meter.count('worker_host_runs_ended_total', { state: 'failed' }, 2);
    meter.observe('worker_host_run_phase_seconds', 3, { phase: 'run' });
    meter.gauge('worker_host_orphaned_infrastructure', 7);
    meter.count('worker_host_relaunches_total', { unknown: 'label' });
    const server = await openHealthServer({
      host: '127.0.0.1',
      port: 0,
      status: () => aStatus({ stuckLoops: ['poll'] }),
      meter,
      backlog: async () => ({ dueRuns: 3, lateRuns: 1, oldestDueMs: NOW_MS - 40_000 }),
      nowMs: () => NOW_MS,
    });

    try {
      const get = async (path: string, method = 'GET') => {
        const response = await fetch(`${server.url}${path}`, { method });
        return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
      };
      expect(await get('/health')).to.deep.include({ status: 503, type: 'application/json' });
      expect(await get('/ready?x')).to.deep.include({ status: 200, text: '{"message":"Ready"}' });
      expect((await get('/')).status).to.equal(404);
      expect((await get('/health', 'POST')).status).to.equal(405);
      const metrics = (await get('/metrics')).text;
      for (const line of [
        'ecs_launches_total{how="launched"} 1',
        'worker_host_runs_ended_total{state="failed"} 2',
        'worker_host_run_phase_seconds_count{phase="run"} 1',
        'worker_host_orphaned_infrastructure 7',
        'worker_host_relaunches_total 0',
        'worker_host_slots_limit 2',
        'worker_host_pool_due_runs 3',
        'worker_host_pool_late_runs 1',
        'worker_host_pool_oldest_due_seconds 40',
        'worker_host_meter_errors_total 1',
      ])
        expect(metrics).to.include(line);
    } finally {
      await server.close();
    }
  });

  it('opens the page on the first request, once, and closes it with itself', async () => {
    const calls: string[] = [];
    const server = await openHealthServer({
      host: '127.0.0.1',
      port: 0,
      status: aStatus,
      meter: null,
      nowMs: () => NOW_MS,
      access: { hosts: [], token: 'the-token' },
      openPage: async () => {
        calls.push('open');
        if (calls.length === 1) throw new Error('the database is locked');
        return {
          respond: async ({ url }, response) => void response.end(`page ${url}`),
          close: () => void calls.push('close'),
        };
      },
    });
    const headers = { authorization: 'Bearer the-token' };
    const get = async (path: string) => await fetch(`${server.url}${path}`, { headers });
    await get('/health');
    expect((await fetch(`${server.url}/`)).status).to.equal(401);
    expect(calls).to.deep.equal([]);

    expect((await get('/')).status).to.equal(500);
    expect(await (await get('/')).text()).to.equal('page /');
    expect(await (await get('/api/worker?x')).text()).to.equal('page /api/worker?x');
    await server.close();

    expect(calls).to.deep.equal(['open', 'open', 'close']);
  });

  it('reports that its port is in use', async () => {
    const options = { host: '127.0.0.1', status: aStatus, meter: null, nowMs: () => NOW_MS };
    const first = await openHealthServer({ ...options, port: 0 });

    const error = await openHealthServer({ ...options, port: first.port }).catch((thrown: unknown) => thrown);
    await first.close();

    expect(error).to.have.property('code', 'HEALTH_SERVER_UNAVAILABLE');
  });
});
