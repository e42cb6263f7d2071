import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Json,
  postgresPrograms,
  pythonEnvironment,
  type RecordingProxy,
  Servers,
  until,
  World,
} from '@worker-host/suite-interop';
import type { LocalAws } from '@worker-host/testing/local-aws';
import type { Benchmark, Figure } from './benchmark.js';

const RUNS = 300;
const DEPLOYMENTS = 3;
const BULK = 50;
const IDLE_MS = 120_000;
const SETTLE_MS = 5000;
const LAUNCH_LIMIT_SECONDS = 240;
const DEFAULT_QUERY = { PREFECT_WORKER_QUERY_SECONDS: '10' };

/** One worker with a pool, a local AWS and a proxy of its own, on the common server. */
interface Side {
  readonly world: World;
  readonly aws: LocalAws;
  readonly proxy: RecordingProxy;
}

interface Burst {
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly requestsPerRun: number;
  readonly eventSockets: number;
  readonly launches: number;
}

/** The same 300 runs, asked for at once, for Prefect's own worker and for ours, on one server; PostgreSQL if there is. */
export const prefect: Benchmark = {
  name: 'prefect',
  async measure() {
    const root = mkdtempSync(join(tmpdir(), 'worker-host-bench-'));
    const python = await pythonEnvironment((line) => console.error(line));
    const servers = new Servers(python, root);
    const worlds: World[] = [];
    try {
      const server = await servers.get(postgresPrograms() === null ? 'plain' : 'postgres');
      const sideOf = async (pool: string): Promise<Side> => {
        const world = new World({ python, server, authString: null, folder: join(root, pool), pool });
        worlds.push(world);
        const aws = await world.aws({ simulate: 'sleep=1;exit=0', keepCalls: 100_000 });
        return { world, aws, proxy: await world.proxy() };
      };
      const [reference, ours] = [await sideOf('reference'), await sideOf('ours')];
      const environment = (side: Side) => ({ ...DEFAULT_QUERY, PREFECT_API_URL: side.proxy.apiUrl });
      const theirs = reference.world.reference(reference.aws, { name: 'reference', env: environment(reference) });
      await reference.world.online('reference', theirs);
      const own = ours.world.worker(ours.aws, { name: 'ours', env: environment(ours) });
      await ours.world.online('ours', own);

      await sleep(SETTLE_MS);
      const [idleReference, idleOurs] = [reference, ours].map(({ proxy }) => proxy.requests.length);
      await sleep(IDLE_MS);
      const perMinute = (side: Side, before = 0): number => ((side.proxy.requests.length - before) / IDLE_MS) * 60_000;
      const idle = { reference: perMinute(reference, idleReference), ours: perMinute(ours, idleOurs) };

      const of = { reference: await burst(reference), ours: await burst(ours) };
      return figuresOf(of.ours, of.reference, idle);
    } finally {
      for (const world of worlds) await world.close();
      await servers.stop();
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

/** Queues all runs in the paused pool, resumes it, and looks until each is launched. */
async function burst({ world, aws, proxy }: Side): Promise<Burst> {
  const deployments: Json[] = [];
  for (let each = 0; each < DEPLOYMENTS; each += 1) deployments.push(await world.deployCommand('true'));
  await sleep(SETTLE_MS);
  const before = { requests: proxy.requests.length, sockets: proxy.sockets.length };
  const isPaused = (is_paused: boolean) => world.api.patch(`/work_pools/${world.pool}`, { is_paused });
  await isPaused(true);
  for (let made = 0; made < RUNS; made += BULK) {
    const deployment = deployments[(made / BULK) % DEPLOYMENTS];
    await world.api.post(
      `/deployments/${deployment.id}/create_flow_run/bulk`,
      Array.from({ length: BULK }, () => ({ state: { type: 'SCHEDULED' } })),
    );
  }
  await sleep(SETTLE_MS);
  const startedMs = Date.now();
  await isPaused(false);
  const launchesOf = () => aws.calls({ service: 'ecs', operation: 'RunTask', outcome: 'ok' });
  await until('every run is launched', () => launchesOf().length >= RUNS, LAUNCH_LIMIT_SECONDS);
  await sleep(SETTLE_MS);
  const seconds = launchesOf().map(({ startedAtMs }) => (startedAtMs - startedMs) / 1000);
  const requests = proxy.requests.slice(before.requests);
  if (process.env.BENCH_PREFECT_REQUESTS) tell(requests);
  return {
    firstSeconds: Math.min(...seconds),
    lastSeconds: Math.max(...seconds),
    requestsPerRun: requests.length / RUNS,
    eventSockets: proxy.sockets.filter((path) => path.startsWith('/events/in')).length,
    launches: seconds.length,
  };
}

/** Number of requests by kind. */
function tell(requests: RecordingProxy['requests']): void {
  const counts = new Map<string, number>();
  for (const { method, path, status } of requests) {
    const kind = `${method} ${path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')} ${status}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  for (const [kind, count] of [...counts].sort((a, b) => b[1] - a[1])) console.error(`  ${count} ${kind}`);
}

function figuresOf(ours: Burst, reference: Burst, idle: { reference: number; ours: number }): readonly Figure[] {
  const told = (name: string, value: number, unit: string): Figure => ({
    name: `reference: ${name}`,
    value,
    unit,
    limit: null,
  });
  return [
    { name: 'first launch', value: ours.firstSeconds, unit: 's', limit: 1 },
    told('first launch', reference.firstSeconds, 's'),
    { name: 'last launch', value: ours.lastSeconds, unit: 's', limit: reference.lastSeconds / 3 },
    told('last launch', reference.lastSeconds, 's'),
    { name: 'API requests a run', value: ours.requestsPerRun, unit: 'requests', limit: 8 },
    told('API requests a run', reference.requestsPerRun, 'requests'),
    { name: 'event sockets opened', value: ours.eventSockets, unit: 'sockets', limit: 1 },
    told('event sockets opened', reference.eventSockets, 'sockets'),
    { name: 'idle requests a minute', value: idle.ours, unit: 'requests', limit: 5.5 },
    told('idle requests a minute', idle.reference, 'requests'),
    { name: 'launches', value: ours.launches, unit: 'launches', limit: RUNS },
  ];
}
