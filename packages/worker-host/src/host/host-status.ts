import type { AssembledHost } from './assemble-host.js';
import type { RunStatus } from './run-status.js';

/** What a worker host is doing, for health checks, the status page and programs that embed it. */
export interface HostStatus {
  readonly workerName: string;
  readonly workerType: string;
  readonly workPoolName: string;
  readonly controlPlane: string;
  readonly phase: 'starting' | 'working' | 'draining' | 'stopped';
  readonly startedAtMs: number;
  /** Null: none yet. */
  readonly lastPollMs: number | null;
  readonly lastSyncMs: number | null;
  readonly querySeconds: number;
  readonly isPoolPaused: boolean;
  readonly slots: { readonly taken: number; readonly limit: number | null };
  readonly runs: readonly RunStatus[];
  readonly runsEnded: number;
  /** What keeps the worker from seeing its infrastructure; one line each, also among `problems`. */
  readonly workerProblems: readonly string[];
  /** One line each; empty: all is well. */
  readonly problems: readonly string[];
}

/** What only the host itself knows of its state. */
export interface HostState {
  readonly phase: HostStatus['phase'];
  readonly startedAtMs: number;
  readonly lastSyncMs: number | null;
  /** One line each about loops that fail. */
  readonly loopProblems: readonly string[];
}

/** Gathers what a worker host is doing. */
export function hostStatus({ parts, pool, poller }: AssembledHost, state: HostState): HostStatus {
  const { settings, slots, runs, worker, orchestrator, secrets } = parts;
  const gone = pool.isGone ? [`The work pool ${settings.workPoolName} no longer exists`] : [];
  const health = worker.health();
  const workerProblems = health.isHealthy ? [] : health.problems.map((line) => secrets.redact(line));
  const problems = [...gone, ...state.loopProblems, ...health.problems];
  return {
    workerName: settings.workerName,
    workerType: worker.type,
    workPoolName: settings.workPoolName,
    controlPlane: orchestrator.description,
    phase: state.phase,
    startedAtMs: state.startedAtMs,
    lastPollMs: poller.lastPollMs,
    lastSyncMs: state.lastSyncMs,
    querySeconds: settings.querySeconds,
    isPoolPaused: pool.current?.isPaused ?? false,
    slots: { taken: slots.taken, limit: slots.limit },
    runs: runs.all.map(({ status }) => status),
    runsEnded: runs.endedCount,
    workerProblems,
    problems: problems.map((line) => secrets.redact(line)),
  };
}
