import { type Clock, type RunContext, WorkerResult } from '@worker-host/core';
import type { Launch } from './launches/launch.js';
import { offsetOf, readOutput } from './launches/output-follower.js';
import { infrastructurePidOf, isAlive, type ProcessIdentity } from './processes/process-identity.js';

const POLL_MS = 100;
const TAIL_LINES = 20;

export interface WatchTools {
  readonly clock: Clock;
  /** True: output goes to the run's log; false: only the last lines of a failed job are kept. */
  readonly hostCollectsOutput: boolean;
}

/** Watches a launched job until its end, following its output. Rejects with the signal's reason when it is aborted. */
export async function watchLaunch(
  launch: Launch,
  identity: ProcessIdentity,
  context: RunContext,
  signal: AbortSignal,
  { clock, hostCollectsOutput }: WatchTools,
): Promise<WorkerResult> {
  let offset = offsetOf(context.outputCursor);
  let tail: readonly string[] = [];
  for (;;) {
    signal.throwIfAborted();
    const hasEnded = (await launch.exitCode()) !== null || !(await isAlive(identity));
    for (;;) {
      const { lines, nextOffset } = await readOutput(launch.outputFile, offset, hasEnded);
      if (nextOffset === offset) break;
      signal.throwIfAborted();
      offset = nextOffset;
      tail = [...tail, ...lines].slice(-TAIL_LINES);
      const timestampMs = clock.nowMs();
      if (hostCollectsOutput)
        context.output(
          lines.map((message) => ({ message, timestampMs })),
          String(offset),
        );
    }
    if (hasEnded) return await resultOf(launch, identity, context.relaunch, hostCollectsOutput ? [] : tail);
    await clock.sleep(POLL_MS, signal);
  }
}

async function resultOf(
  launch: Launch,
  identity: ProcessIdentity,
  relaunch: number,
  tail: readonly string[],
): Promise<WorkerResult> {
  const exitCode = await launch.exitCode();
  const stopRequested = await launch.isStopRequested();
  const vanished = exitCode === null && !stopRequested;
  return new WorkerResult(infrastructurePidOf(identity), exitCode ?? -1, {
    exitCode,
    stopRequested,
    userCodeRan: 'yes',
    relaunchable: false,
    diagnosis: vanished
      ? {
          kind: 'process-vanished',
          level: 'error',
          summary: 'The process ended without leaving an exit status',
          detail: 'It was killed together with the shell that keeps its status, or the machine was started anew.',
          resolution: 'Look into the system log for the out-of-memory killer or a reboot.',
        }
      : null,
    phasesSeconds: {},
    logTail: exitCode === 0 ? [] : tail,
    relaunch,
    facts: {},
  });
}
