import { fileURLToPath } from 'node:url';
import { SecretRegistry, systemClock } from '@worker-host/core';

const load = async (path: string) =>
  await import(fileURLToPath(new URL(`../../../../packages/worker-host/dist/src/${path}`, import.meta.url)));
const { openHealthServer } = (await load('health/health-server.js')) as {
  openHealthServer(options: object): Promise<{ readonly url: string; close(): Promise<void> }>;
};
const { UiPage } = (await load('ui/ui-page.js')) as { UiPage: new (options: object) => object };

const MINUTE_MS = 60_000;

/** Serves the page of a worker in trouble as its port does, with a Prefect server. */
export async function openWorkerPage() {
  const nowMs = Date.now();
  const run = (name: string, phase: string, minutes: number, more: object = {}) => ({
    flowRunId: '0b7e7c52-5a0e-4ad5-9f2c-5f7a0c1d9e11',
    name,
    phase,
    sinceMs: nowMs - minutes * MINUTE_MS,
    infrastructurePid: 'batch::arn:aws:ecs:eu-central-1:123456789012:task/batch/0b7e7c525a0e4ad59f2c5f7a0c1d9e11',
    isCancelling: false,
    relaunches: 0,
    progress: null,
    failures: 0,
    ...more,
  });
  const reason = 'RESOURCE:FARGATE_SPOT has no capacity in eu-central-1a and eu-central-1b';
  const status = {
    workerName: 'ecs 5d0c0a3e',
    workerType: 'ecs',
    workPoolName: 'batch',
    controlPlane: 'Prefect server at http://127.0.0.1:4200/api (PREFECT_API_URL)',
    phase: 'working',
    startedAtMs: nowMs - 300 * MINUTE_MS,
    lastPollMs: nowMs - 2 * MINUTE_MS,
    lastHeartbeatMs: nowMs - 4000,
    querySeconds: 10,
    isPoolPaused: true,
    slots: { taken: 3, limit: 5 },
    runs: [
      run('brisk-otter', 'running', 72),
      run('patient-owl', 'submitting', 12, { progress: { phase: 'waiting-for-capacity', sinceMs: nowMs, reason } }),
      run('unlucky-fox-<b>\u202eevil</b>', 'launched', 3, { failures: 4, isCancelling: true, relaunches: 1 }),
    ],
    runsEnded: 211,
    stuckLoops: [],
    workerProblems: [],
    problems: ['Polling for runs failed 12 times in a row: connect ECONNREFUSED 127.0.0.1:4200'],
    passedOver: ["The deployment 'nightly' has job variables that are no object; its runs are passed over"],
    pluginFaults: ["The plugin 'ecs' called context.output() with what are no lines"],
  };
  const worker = {
    status: () => status,
    runPage: (id: string) => `http://127.0.0.1:4200/runs/flow-run/${id}`,
    backlog: async () => ({ dueRuns: 14, lateRuns: 9, oldestDueMs: nowMs - 25 * MINUTE_MS }),
  };
  const secrets = new SecretRegistry();
  const openPage = async () =>
    new UiPage({ administration: null, worker, actionToken: null, secrets, clock: systemClock });
  return await openHealthServer({
    host: '127.0.0.1',
    port: 0,
    status: () => status,
    meter: null,
    openPage,
    nowMs: () => Date.now(),
  });
}
