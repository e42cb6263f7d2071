import { type LogFields, type Logger, type Meter, SecretRegistry } from '@worker-host/core';
import { FakeClock, type FakeOrchestrator, FakePool, type FakePoolOptions, settle } from '@worker-host/testing';
import { createWorkerHost } from '../../../src/host/composition.js';
import type { HostOutcome, WorkerHost } from '../../../src/host/worker-host.js';
import type { WorkerHostSettings } from '../../../src/host/worker-host-settings.js';
import type { Tracing } from '../../../src/tracing/tracing.js';
import { FakeWorker, fakePlugin } from './fake-worker.js';

export interface Subject {
  readonly host: WorkerHost;
  readonly clock: FakeClock;
  readonly pool: FakePool;
  readonly orchestrator: FakeOrchestrator;
  readonly worker: FakeWorker;
  readonly secrets: SecretRegistry;
  readonly lines: readonly LogLine[];
  /** Starts the host and lets it settle. */
  start(): Promise<void>;
  /** The outcome, or the error. */
  ended(): Promise<HostOutcome | { readonly error: unknown }>;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export function createSubject(
  settings: Partial<WorkerHostSettings> = {},
  options: Omit<FakePoolOptions, 'clock'> & {
    readonly meter?: Meter;
    readonly others?: Subject;
    readonly tracing?: Tracing;
  } = {},
): Subject {
  const clock = options.others?.clock ?? new FakeClock();
  const pool = options.others?.pool ?? new FakePool({ clock, ...options });
  const orchestrator = pool.createClient();
  const worker = new FakeWorker();
  const secrets = new SecretRegistry();
  const lines: LogLine[] = [];
  const host = createWorkerHost({
    orchestrator,
    plugin: fakePlugin(worker),
    clock,
    secrets,
    ...(options.meter ? { meter: options.meter } : {}),
    tracing: options.tracing ?? null,
    logger: recordingLogger(lines),
    settings: { workPoolName: 'p', workerName: 'w', ...settings },
  });
  let outcome: Promise<HostOutcome | { readonly error: unknown }> | null = null;
  return {
    host,
    clock,
    pool,
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
