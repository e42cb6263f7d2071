import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { calibrate } from './calibration.js';
import type { Costs } from './costs.js';
import { MeasuredWorker } from './measured-worker.js';
import { PrefectStandIn } from './prefect-stand-in.js';

const POOL = 'costs';
const RUNS = 200;
/** Runs launched before the measurement: they load code, register definitions and open connections. */
const WARM_UP_RUNS = 20;
const LAUNCH_LIMIT_MS = 60_000;
/** Calls shared by all tasks as long as they run: their number depends on the speed of the machine. */
const WATCHING = 'ecs:DescribeTasks';
const STEP_MS = 200;
/** Labels and logs are sent within two seconds. */
const SETTLE_MS = 4000;

/**
 * Launches runs of a stand-in for a Prefect server whose tasks keep running, and returns the costs of a run and a
 * running task.
 */
export async function measureCosts(): Promise<Costs> {
  const folder = mkdtempSync(join(tmpdir(), 'worker-host-costs-'));
  const server = new PrefectStandIn(POOL);
  const aws = await startLocalAws({ simulate: 'sleep=3600;exit=0', keepCalls: RUNS * 20 });
  const worker = new MeasuredWorker(POOL, {
    ...aws.environment,
    HOME: folder,
    WORKER_HOST_HOME: folder,
    PREFECT_API_URL: await server.start(),
    PREFECT_WORKER_QUERY_SECONDS: '1',
  });
  try {
    await server.polled;
    const start = await worker.used();
    await launch(server, aws, WARM_UP_RUNS);
    const unitMs = [calibrate()];
    const [before, requests, calls] = [await worker.used(), server.requestsOfRuns, callsOf(aws)];
    await launch(server, aws, WARM_UP_RUNS + RUNS);
    const [after, requestsNow, callsNow] = [await worker.used(), server.requestsOfRuns, callsOf(aws)];
    unitMs.push(calibrate());
    const calibrationMs = Math.min(...unitMs);
    return {
      cpuOfAStart: start.cpuMs / calibrationMs,
      mibOfAWorker: start.heapBytes / 1024 ** 2,
      cpuOfARun: (after.cpuMs - before.cpuMs) / RUNS / calibrationMs,
      requestsOfARun: (requestsNow - requests) / RUNS,
      callsOfARun: (callsNow - calls) / RUNS,
      kibOfATask: (after.heapBytes - before.heapBytes) / RUNS / 1024,
    };
  } finally {
    await worker.stop();
    await server.stop();
    await aws.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Schedules runs until this many tasks are running, and waits until the worker has stored their identifiers. */
async function launch(server: PrefectStandIn, aws: LocalAws, total: number): Promise<void> {
  server.schedule(total - aws.ecs.tasks().length);
  for (let waitedMs = 0; aws.ecs.tasks().length < total; waitedMs += STEP_MS) {
    if (waitedMs > LAUNCH_LIMIT_MS) throw new Error(`Only ${aws.ecs.tasks().length} of ${total} tasks were launched`);
    await sleep(STEP_MS);
  }
  await sleep(SETTLE_MS);
}

function callsOf(aws: LocalAws): number {
  const { [WATCHING]: _, ...counts } = aws.callCounts();
  return Object.values(counts).reduce((sum, { total }) => sum + total, 0);
}
