import { type FlowRun, type LogFields, type Logger, type Meter, SecretRegistry } from '@worker-host/core';
import { createWorkerHost } from '../../../src/host/create-worker-host.js';
import type { WorkerHostSettings } from '../../../src/host/host-options.js';
import type { HostOutcome, WorkerHost } from '../../../src/host/worker-host.js';
import { FakeClock, settle } from './fake-clock.js';
import { FakeWorker, fakePlugin } from './fake-worker.js';
import { InMemoryOrchestrator } from './in-memory-orchestrator.js';

export interface Subject {
  readonly host: WorkerHost;
  readonly clock: FakeClock;
  readonly orchestrator: InMemoryOrchestrator;
  readonly worker: FakeWorker;
  readonly secrets: SecretRegistry;
  readonly lines: readonly LogLine[];
  /** Starts the host and lets it settle. */
  start(): Promise<void>;
  /** How it ended: the outcome, or the error. */
  ended(): Promise<HostOutcome | { readonly error: unknown }>;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export function createSubject(
  settings: Partial<WorkerHostSettings> = {},
  options: { readonly hostReportsStates?: boolean; readonly meter?: Meter } = {},
): Subject {
  const clock = new FakeClock();
  const orchestrator = new InMemoryOrchestrator(options.hostReportsStates ?? true);
  const worker = new FakeWorker();
  const secrets = new SecretRegistry();
  const lines: LogLine[] = [];
  const host = createWorkerHost({
    orchestrator,
    plugin: fakePlugin(worker),
    clock,
    secrets,
    ...(options.meter ? { meter: options.meter } : {}),
    logger: recordingLogger(lines),
    settings: { workPoolName: 'p', workerName: 'w', ...settings },
  });
  let outcome: Promise<HostOutcome | { readonly error: unknown }> | null = null;
  return {
    host,
    clock,
    orchestrator,
    worker,
    secrets,
    lines,
    async start() {
      outcome = host.run().catch((error: unknown) => ({ error }));
      await settle();
    },
    ended: async () => (await outcome) ?? { error: 'not started' },
  };
}

export function aFlowRun(parts: Partial<FlowRun> & { readonly id: string }): FlowRun {
  return {
    name: `name-${parts.id}`,
    flowId: 'flow-id',
    deploymentId: null,
    workPoolName: 'p',
    workQueueName: 'default',
    state: null,
    stateType: 'SCHEDULED',
    stateName: 'Scheduled',
    parameters: {},
    tags: [],
    jobVariables: {},
    labels: {},
    infrastructurePid: null,
    startTime: null,
    expectedStartTime: null,
    nextScheduledStartTime: null,
    runCount: 0,
    json: {},
    ...parts,
  };
}

function recordingLogger(lines: LogLine[], own: LogFields = {}): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push({ level, message, fields: { ...own, ...fields } });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordingLogger(lines, { ...own, ...fields }),
  };
}
