import type { LocalAws } from '@worker-host/testing/local-aws';
import { calibrate } from './calibration.js';
import type { Costs } from './costs.js';
import { LaunchingWorker } from './launching-worker.js';

const RUNS = 200;
/** Calls shared by all tasks as long as they run: their number depends on the speed of the machine. */
const WATCHING = 'ecs:DescribeTasks';

/** Returns the costs of a run and of a running task. */
export async function measureCosts(): Promise<Costs> {
  return await LaunchingWorker.during(async (worker) => {
    const { process, server, aws } = worker;
    const start = await process.used();
    await worker.warmUp();
    const unitMs = [calibrate()];
    const [before, requests, calls] = [await process.used(), server.requestsOfRuns, callsOf(aws)];
    await worker.launch(RUNS);
    const [after, requestsNow, callsNow] = [await process.used(), server.requestsOfRuns, callsOf(aws)];
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
  });
}

function callsOf(aws: LocalAws): number {
  const { [WATCHING]: _, ...counts } = aws.callCounts();
  return Object.values(counts).reduce((sum, { total }) => sum + total, 0);
}
