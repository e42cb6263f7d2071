import {
  BaseJobConfiguration,
  buildBaseJobTemplate,
  type FlowRun,
  type Meter,
  SecretRegistry,
} from '@worker-host/core';
import {
  FakeClock,
  type FakeOrchestrator,
  FakePool,
  type FakePoolOptions,
  RecordingLogger,
} from '@worker-host/testing';
import { GuardedWorker } from '../../../src/host/guarded-worker.js';
import { DEFAULT_RETRY_POLICY } from '../../../src/host/retry.js';
import { InfrastructureStopper } from '../../../src/host/run/infrastructure-stopper.js';
import { LaunchContexts } from '../../../src/host/run/launch-context.js';
import { OutputTails } from '../../../src/host/run/output-tails.js';
import { RunConfigurations } from '../../../src/host/run/run-configuration.js';
import { RunRecord } from '../../../src/host/run/run-record.js';
import { RunReporter } from '../../../src/host/run/run-reporter.js';
import type { RunEvent } from '../../../src/host/run/run-state.js';
import { RunSteps } from '../../../src/host/run/run-steps.js';
import { RunWrites } from '../../../src/host/run/run-writes.js';
import { silentObserver } from '../../../src/host/run-observer.js';
import { ServedPool } from '../../../src/host/served-pool.js';
import { Slots } from '../../../src/host/slots.js';
import { type WorkerHostSettings, withDefaults } from '../../../src/host/worker-host-settings.js';
import { FakeWorker, fakePlugin } from './fake-worker.js';
import { inStep } from './machine.js';

/** Measurements in order. */
export type Measured = readonly [name: string, value: number, labels?: Readonly<Record<string, string>>];

/** The parts of one run, wired as in the container, without a host. */
export interface RunBench {
  readonly clock: FakeClock;
  readonly pool: FakePool;
  readonly orchestrator: FakeOrchestrator;
  readonly worker: FakeWorker;
  readonly guarded: GuardedWorker;
  readonly served: ServedPool;
  readonly settings: WorkerHostSettings;
  readonly secrets: SecretRegistry;
  /** The worker's own log. */
  readonly logger: RecordingLogger;
  /** The run's log. */
  readonly runLog: RecordingLogger;
  readonly measured: readonly Measured[];
  readonly meter: Meter;
  /** Events that the parts sent to the absent machine. */
  readonly events: readonly RunEvent[];
  readonly run: RunRecord;
  readonly reporter: RunReporter;
  readonly configurations: RunConfigurations;
  readonly stopper: InfrastructureStopper;
  readonly writes: RunWrites;
  readonly contexts: LaunchContexts;
  readonly steps: RunSteps;
  readonly tails: OutputTails;
  /** Claims the run, so that it has a lease. */
  claim(): Promise<void>;
}

export interface RunBenchOptions extends Omit<FakePoolOptions, 'clock'> {
  readonly settings?: Partial<WorkerHostSettings>;
  readonly flowRun?: Partial<FlowRun>;
  readonly environment?: Readonly<Record<string, string>>;
  /** False: the run is only scheduled. Default: true. */
  readonly isClaimed?: boolean;
}

export async function createRunBench(options: RunBenchOptions = {}): Promise<RunBench> {
  const { settings: given, flowRun: over, environment = {}, isClaimed = true, ...poolOptions } = options;
  const clock = new FakeClock();
  const pool = new FakePool({ clock, announcesWork: false, ...poolOptions });
  const orchestrator = pool.createClient();
  const settings = withDefaults({ workPoolName: 'p', workerName: 'w', ...given }, 'w', pool.hostReportsStates);
  const identity = {
    name: 'w',
    type: 'fake',
    workPoolName: 'p',
    workQueueNames: [],
    limit: null,
    heartbeatIntervalSeconds: 30,
  };
  const listener = { onCancelling() {}, onWorkAvailable() {}, onWorkPool() {}, async onTeardown() {} };
  await orchestrator.open(identity, { createIfNotFound: true, defaultBaseJobTemplate: {} }, listener);
  const [worker, secrets] = [new FakeWorker(), new SecretRegistry()];
  const [logger, runLog] = [new RecordingLogger(), new RecordingLogger()];
  const measured: Measured[] = [];
  const meter: Meter = {
    count: (name, labels) => void measured.push(labels === undefined ? [name, 1] : [name, 1, labels]),
    gauge: (name, value) => void measured.push([name, value]),
    observe: (name, value, labels) => void measured.push(labels === undefined ? [name, value] : [name, value, labels]),
  };
  const plugin = fakePlugin(worker);
  const guarded = new GuardedWorker(worker, logger, clock);
  const served = new ServedPool(plugin, buildBaseJobTemplate(plugin));
  served.accept(pool.workPool);
  const slot = new Slots({ limit: null }).take();
  const flowRun = pool.addRun({ id: 'a', ...over });
  const run = new RunRecord(
    { flowRun, slot, resources: null, logger: runLog, secrets: secrets.scope(), sinceMs: clock.nowMs() },
    clock,
  );
  const events: RunEvent[] = [];
  run.send = (event) => void events.push(event);
  run.state = inStep('launch');
  const reporter = new RunReporter(orchestrator, settings, guarded, served, secrets, meter, clock, orchestrator);
  const configurations = new RunConfigurations(orchestrator, plugin, settings, served, environment, secrets, logger);
  const stopper = new InfrastructureStopper(guarded, settings, clock, meter, DEFAULT_RETRY_POLICY);
  const writes = new RunWrites(run, clock, DEFAULT_RETRY_POLICY, reporter, configurations, stopper, guarded);
  const contexts = new LaunchContexts(run, writes, orchestrator, clock, guarded);
  const tails = new OutputTails(guarded, clock);
  const steps = new RunSteps(
    run,
    writes,
    contexts,
    orchestrator,
    settings,
    clock,
    guarded,
    reporter,
    configurations,
    tails,
    silentObserver,
  );
  const bench: RunBench = {
    ...{
      clock,
      pool,
      orchestrator,
      worker,
      guarded,
      served,
      settings,
      secrets,
      logger,
      runLog,
      measured,
      meter,
      events,
    },
    ...{ run, reporter, configurations, stopper, writes, contexts, steps, tails },
    async claim() {
      const answer = await orchestrator.claim(flowRun);
      if (!answer.claimed) throw new Error(answer.reason);
      run.lease = answer.lease;
      run.configuration = new BaseJobConfiguration();
    },
  };
  if (isClaimed) await bench.claim();
  return bench;
}
