import { randomUUID } from 'node:crypto';
import type { BaseJobConfiguration } from '../configuration/base-job-configuration.js';
import { buildBaseJobTemplate } from '../configuration/base-job-template.js';
import { isWorkerError } from '../errors/worker-error.js';
import { silentEventSink } from '../events/event.js';
import type { JsonObject } from '../json/json.js';
import { type Logger, silentLogger } from '../logging/logger.js';
import { silentMeter } from '../metrics/meter.js';
import type { FlowRun } from '../orchestration/model.js';
import type { ReferenceReader } from '../orchestration/reference-reader.js';
import { bindWorker } from '../plugin/bind-worker.js';
import type { WorkerExtension } from '../plugin/worker-extension.js';
import type { WorkerPlugin } from '../plugin/worker-plugin.js';
import { SecretRegistry } from '../secrets/secret-registry.js';
import { systemClock } from '../time/clock.js';
import type { BaseWorker } from '../worker/base-worker.js';
import type { RunContext } from '../worker/run-context.js';
import type { WorkerResult } from '../worker/worker-result.js';

const ALONE = 'alone';
const STOP_PAUSE_MS = 5_000;
const NOT_REPEATED: readonly string[] = ['INFRASTRUCTURE_NOT_FOUND', 'NOT_SUPPORTED_BY_WORKER'];

/** Options of {@link runJob}. */
export interface JobOptions {
  /** Job variables by wire name, as in the form of a pool. Default: none. */
  readonly variables?: JsonObject;
  /** Default: the plugin's. */
  readonly baseJobTemplate?: JsonObject;
  /**
   * Identifies the job. A repeated call with the same id, from any process, returns the job that was launched, if the
   * infrastructure can find it. Default: a new id for each call.
   */
  readonly id?: string;
  /** Display name. Default: the id. */
  readonly name?: string;
  /** Environment from which the plugin reads its settings. Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Reads blocks and variables that templates refer to. Default: none exist. */
  readonly references?: ReferenceReader;
  /** When aborted, nothing more is launched, and what was launched is stopped. */
  readonly signal?: AbortSignal;
  /** Default: no log. */
  readonly logger?: Logger;
  /**
   * Receives the secrets of the job, so that the logger can redact them. A program that runs many jobs creates a scope
   * of its registry for each, and disposes of it after the last line about the job. Default: a new registry.
   */
  readonly secrets?: SecretRegistry;
  /** Extensions that replace or add parts of the plugin. Default: none. */
  readonly extensions?: readonly WorkerExtension[];
  /** Called once, when the infrastructure exists, with its identifier. */
  onStarted?(infrastructurePid: string): void;
  /** Called for each line of the job's output, if the infrastructure keeps it. Known secrets are redacted. */
  onOutput?(message: string, timestampMs: number): void;
}

/**
 * Runs one job to its end with a plugin, without a host, a pool or a control plane. Resolves with the result of the
 * job, successful or not; rejects if the job could not be launched.
 *
 * @throws JobConfigurationError, ExtensionFailedError, errors of the plugin, or the reason of the signal.
 */
export async function runJob(plugin: WorkerPlugin, options: JobOptions = {}): Promise<WorkerResult> {
  const { environment = process.env, logger = silentLogger, references = NO_REFERENCES } = options;
  const { secrets = new SecretRegistry() } = options;
  const ended = new AbortController();
  const flowRun = runOf(options);
  const configuration = await configurationOf(plugin).fromTemplateAndValues(
    options.baseJobTemplate ?? buildBaseJobTemplate(plugin),
    flowRun.jobVariables,
    { environment, references, secrets },
  );
  configuration.prepareForFlowRun({
    flowRun,
    deployment: null,
    flow: null,
    workPool: null,
    worker: { id: null, name: ALONE },
    environment: {},
    workerEnvironment: environment,
    prefectVersion: null,
    defaultCommand: null,
  });
  const { worker, dispose } = bindWorker(
    plugin,
    {
      logger,
      clock: systemClock,
      meter: silentMeter,
      secrets,
      events: silentEventSink,
      options: { workerName: ALONE, workPoolName: ALONE, environment, hostCollectsOutput: true },
    },
    options.extensions,
  );
  try {
    await worker.setup();
    const job = { flowRun, configuration, worker, secrets, ended: ended.signal };
    return await worker.run(flowRun, configuration, contextOf(job, options));
  } finally {
    ended.abort();
    await worker.teardown();
    await dispose();
  }
}

const NO_REFERENCES: ReferenceReader = {
  readBlockDocumentById: async () => null,
  readBlockDocument: async () => null,
  readVariable: async () => null,
};

function configurationOf(plugin: WorkerPlugin): typeof BaseJobConfiguration {
  return plugin.configuration as typeof BaseJobConfiguration;
}

function runOf({ id = randomUUID(), name = id, variables = {} }: JobOptions): FlowRun {
  return {
    id,
    name,
    flowId: null,
    deploymentId: null,
    workPoolName: null,
    workQueueName: null,
    state: null,
    stateType: null,
    stateName: null,
    parameters: {},
    tags: [],
    jobVariables: variables,
    labels: {},
    infrastructurePid: null,
    startTime: null,
    expectedStartTime: null,
    nextScheduledStartTime: null,
    runCount: 0,
    json: { id, name },
  };
}

interface JobUnderWay {
  readonly flowRun: FlowRun;
  readonly configuration: BaseJobConfiguration;
  readonly worker: BaseWorker;
  readonly secrets: SecretRegistry;
  /** Aborted when there is nothing left to stop. */
  readonly ended: AbortSignal;
}

function contextOf({ flowRun, configuration, worker, secrets, ended }: JobUnderWay, options: JobOptions): RunContext {
  const { logger = silentLogger, signal: cancelled = new AbortController().signal } = options;
  return {
    attempt: { flowRunId: flowRun.id, id: '1', startedAtMs: systemClock.nowMs() },
    relaunch: 0,
    mayHaveLaunched: options.id !== undefined,
    launchPlace: null,
    outputCursor: null,
    reported: Promise.resolve(),
    async launching() {
      cancelled.throwIfAborted();
    },
    assertOwned() {},
    signal: new AbortController().signal,
    cancelled,
    logger,
    async started(infrastructurePid) {
      const stop = () => void stopUntilEnded(infrastructurePid, { configuration, worker, ended }, logger);
      if (cancelled.aborted) stop();
      else cancelled.addEventListener('abort', stop, { once: true, signal: ended });
      options.onStarted?.(infrastructurePid);
    },
    progress() {},
    output(lines) {
      for (const { message, timestampMs } of lines) options.onOutput?.(secrets.redact(message), timestampMs);
    },
  };
}

/** Requests the stop until it is accepted, the infrastructure no longer exists, or the job has ended. */
async function stopUntilEnded(
  infrastructurePid: string,
  { configuration, worker, ended }: Pick<JobUnderWay, 'configuration' | 'worker' | 'ended'>,
  logger: Logger,
): Promise<void> {
  while (!ended.aborted) {
    try {
      return await worker.killInfrastructure(infrastructurePid, configuration);
    } catch (error) {
      if (isWorkerError(error) && NOT_REPEATED.includes(error.code)) return;
      logger.error('Stopping the job failed; retrying in 5 s', { infrastructurePid, error });
      await systemClock.sleep(STOP_PAUSE_MS, ended).catch(() => {});
    }
  }
}
