import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { aFlowRun, aRunContext, type LaunchElsewhere } from '@worker-host/testing';
import { aConfiguration, Machine } from './support.js';

interface Data extends LaunchElsewhere {
  readonly home: string;
  readonly command: string;
}

/** Launches a job in a thread that loads the plugin again, ends the thread, and returns the job's pid. */
export async function launchInThread(home: string, launch: LaunchElsewhere, command: string): Promise<string> {
  const thread = new Worker(new URL(import.meta.url), { workerData: { ...launch, home, command } satisfies Data });
  const [pid] = (await once(thread, 'message')) as [string];
  await thread.terminate();
  return pid;
}

async function launchHere({ home, command, flowRun, attemptId: id, relaunch, launchPlace }: Data): Promise<void> {
  const context = aRunContext({ attempt: { flowRunId: flowRun.id, id }, relaunch, launchPlace });
  const worker = new Machine(home).worker();
  const started = context.until(({ startedPids }) => startedPids.length > 0);
  await Promise.race([started, worker.run(aFlowRun({ id: flowRun.id }), aConfiguration({ command }), context)]);
  parentPort?.postMessage(context.startedPids[0]);
}

if (!isMainThread) await launchHere(workerData as Data);
