import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { definePlugin, isFinalStateType, SecretRegistry } from '@worker-host/core';
import { ECS_TOKENS, plugin as ecs } from '@worker-host/ecs';
import { FakePool } from '@worker-host/testing';
import { createInProcessAws, type SimulatedStart } from '@worker-host/testing/local-aws';
import { createWorkerHost } from 'worker-host';
import { simulatedClients } from './aws-clients.js';
import { Random } from './random.js';
import { SimClock } from './sim-clock.js';
import { CLUSTERS, templateFor } from './template.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Hours in which caches fill and code is compiled. */
const WARM_UP_HOURS = 10;
/** Shortest soak with a meaningful result, in hours. */
export const LEAST_HOURS = 16;
/** Most that the heap may grow after the warm-up, as a share of what it was. */
export const MOST_GROWTH = 0.02;
const KEPT_MS = HOUR_MS;
const RUNS_A_MINUTE = 5;

/** What a worker held at the end of an hour, after a collection of garbage. */
export interface SoakHour {
  readonly hour: number;
  /** Runs that have ended so far. */
  readonly ended: number;
  readonly heapMib: number;
  readonly activeRuns: number;
  /** Whether the secret of the first run, which ended long ago, is still searched for in texts. */
  readonly keepsSecrets: boolean;
}

/**
 * One worker for many simulated hours: runs that end well, fail, are cancelled and are interrupted, each with a secret of
 * its own, and a control plane and an AWS that are away for a minute in each hour. Control plane and AWS forget what
 * ended an hour ago, so that what grows is the worker.
 */
export async function soak(hours: number, onHour: (hour: SoakHour) => void): Promise<readonly SoakHour[]> {
  const random = new Random(1);
  const clock = new SimClock(random.split('clock'));
  const secrets = new SecretRegistry();
  const pool = new FakePool({ clock, workPool: { type: 'ecs', baseJobTemplate: templateFor('first') } });
  pool.references = {
    readBlockDocument: async () => null,
    readBlockDocumentById: async () => null,
    readVariable: async (name) => ({ name, value: secretOf(name) }),
  };
  const aws = createInProcessAws({ clock, seed: 1, keepCalls: 0, simulate: (start) => job(start, clock, random) });
  for (const clusterName of CLUSTERS) await aws.call('ecs:CreateCluster', { clusterName });
  const client = pool.createClient();
  const clients = simulatedClients(aws, async (_, call) => {
    await clock.sleep(random.spread(1, 40));
    return await call();
  });
  const host = createWorkerHost({
    orchestrator: client,
    plugin: definePlugin({
      type: ecs.type,
      extends: ecs,
      register: (container) => void container.registerInstance(ECS_TOKENS.AwsClients, clients),
    }),
    clock,
    secrets,
    environment: { PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false' },
    settings: { workPoolName: 'p', workerName: 'w', limit: 50 },
  });
  let end: string | null = null;
  host.run().then(
    () => (end = 'The worker ended by itself'),
    (error: unknown) => (end = String(error)),
  );

  const results: SoakHour[] = [];
  const launched: { readonly id: string; readonly atMs: number }[] = [];
  let ended = 0;
  for (let minute = 0; minute < hours * 60; minute += 1) {
    for (let each = 0; each < RUNS_A_MINUTE; each += 1) launched.push(addRun(minute * RUNS_A_MINUTE + each + 1));
    const isAway = minute % 60 === 30;
    const away = isAway ? client.faults.fail(() => true) : null;
    await clock.run(() => end !== null || clock.monotonicMs() >= (minute + 1) * MINUTE_MS, Number.POSITIVE_INFINITY);
    away?.stop();
    if (end !== null) throw new Error(end);
    forget();
    if (minute % 60 === 59) note((minute + 1) / 60);
  }
  host.stop();
  await clock.run(() => end !== null, Number.POSITIVE_INFINITY);
  return results;

  function addRun(number: number): { readonly id: string; readonly atMs: number } {
    const id = `run-${number}`;
    const jobVariables = { env: { SECRET: `{{ prefect.variables.v${number} }}` } };
    pool.addRun({ id, jobVariables });
    if (random.chance(0.1)) clock.at(clock.monotonicMs() + random.integer(1, MINUTE_MS), () => pool.cancel(id));
    return { id, atMs: clock.monotonicMs() };
  }

  /** The control plane keeps what is younger than an hour; neither it nor AWS keeps logs or a record of calls. */
  function forget(): void {
    while (launched[0] !== undefined && clock.monotonicMs() - launched[0].atMs > KEPT_MS) {
      const { id } = launched.shift() ?? { id: '' };
      if (!isFinalStateType(pool.run(id)?.stateType ?? 'SCHEDULED')) throw new Error(`${id} has not ended in an hour`);
      pool.removeRun(id);
      ended += 1;
    }
    for (const { streams } of aws.logs.groups.values()) streams.clear();
    pool.logs.length = 0;
    pool.events.length = 0;
    (client.calls as unknown[]).length = 0;
  }

  function note(hour: number): void {
    const heapMib = heapAfterCollection() / 2 ** 20;
    const keepsSecrets = secrets.redact(secretOf('v1')) !== secretOf('v1');
    const result = { hour, ended, heapMib, activeRuns: host.status.runs.length, keepsSecrets };
    results.push(result);
    onHour(result);
  }
}

/** How much the heap grew from the end of the warm-up to the end, as a share of what it was. */
export function growthOf(hours: readonly SoakHour[]): number {
  const from = meanHeap(hours.slice(WARM_UP_HOURS - 1, WARM_UP_HOURS + 2));
  return meanHeap(hours.slice(-3)) / from - 1;
}

function meanHeap(hours: readonly SoakHour[]): number {
  return hours.reduce((sum, { heapMib }) => sum + heapMib, 0) / hours.length;
}

function secretOf(name: string): string {
  return `secret of ${name} that nobody else has`;
}

async function job({ terminated }: SimulatedStart, clock: SimClock, random: Random): Promise<number> {
  const isTerminated = await clock.sleep(random.spread(1000, 10 * MINUTE_MS), terminated).then(
    () => false,
    () => true,
  );
  return isTerminated ? 143 : random.pick([0, 0, 0, 1]);
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
