import {
  type BaseJobConfiguration,
  type BaseWorker,
  type Clock,
  type FlowRun,
  isJsonObject,
  isWorkerError,
  type LaunchName,
  type LaunchPlace,
  type Logger,
  type LogTailReader,
  type RunContext,
  type RunResources,
  type StartedInfrastructure,
  type WorkerCapabilities,
  type WorkerEnd,
  type WorkerHealth,
  WorkerResult,
} from '@worker-host/core';
import { PluginFaults } from './plugin-faults.js';
import { readableError } from './readable-error.js';
import { isTexts, problemsOfEnd } from './run/result-problems.js';
import { PluginSetupFailedError, PluginTooSlowError, WorkerResultInvalidError } from './run/run-errors.js';
import { within } from './within.js';

const SETUP_SECONDS = 60;
const TEARDOWN_SECONDS = 5;
const LONGEST_BLOCK_MS = 1_000;

/**
 * Guards the host against its plugin: sets the worker up once and tears it down once, both with time limits, and does not call
 * it afterwards. An error that it throws synchronously becomes a rejection, and its results are validated. An error outside of
 * its promises ends only the call that it belongs to; see {@link PluginFaults}.
 */
export class GuardedWorker {
  #setUp: Promise<void> | null = null;
  #tornDown: Promise<void> | null = null;
  readonly faults: PluginFaults;

  constructor(
    private readonly worker: BaseWorker,
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {
    this.faults = new PluginFaults(worker.type, logger);
  }

  get type(): string {
    return this.worker.type;
  }

  get capabilities(): WorkerCapabilities {
    return this.worker.capabilities;
  }

  /** @throws PluginTooSlowError, errors of the plugin, or the signal's reason. */
  setup(signal: AbortSignal): Promise<void> {
    this.#setUp ??= within(
      this.clock,
      SETUP_SECONDS,
      this.#guarded('setup', null, () => this.worker.setup()).catch((cause: unknown) => {
        throw isWorkerError(cause) ? cause : new PluginSetupFailedError(this.type, { cause });
      }),
      () => new PluginTooSlowError(this.type, 'setup', SETUP_SECONDS),
      signal,
    );
    return this.#setUp;
  }

  /** Never rejects, and never hangs: a failure is logged with the plugin's name. Also called after a failed setup. */
  teardown(): Promise<void> {
    this.#tornDown ??= within(
      this.clock,
      TEARDOWN_SECONDS,
      this.faults.during('teardown', null, async () => await this.worker.teardown()),
      () => new PluginTooSlowError(this.type, 'teardown', TEARDOWN_SECONDS),
    ).catch((error: unknown) => this.logger.error('The teardown of the plugin failed', { plugin: this.type, error }));
    return this.#tornDown;
  }

  async checkReady(configuration: BaseJobConfiguration): Promise<void> {
    await this.#guarded('checkReady', null, () => this.worker.checkReady(configuration));
  }

  /** The place itself if the plugin throws, or returns no object. */
  searchPlaceOf(place: LaunchPlace): LaunchPlace {
    try {
      const found: unknown = this.worker.searchPlaceOf(place);
      return isJsonObject(found) ? found : place;
    } catch (error) {
      this.logger.debug('The plugin cannot tell where to search for a launch', { error });
      return place;
    }
  }

  /** Null also if the plugin throws. */
  resourcesOf(configuration: BaseJobConfiguration): RunResources | null {
    try {
      return this.worker.resourcesOf(configuration);
    } catch (error) {
      this.logger.debug('The plugin cannot tell what a run asks for', { error });
      return null;
    }
  }

  async prewarm(configuration: BaseJobConfiguration): Promise<void> {
    await this.#guarded('prewarm', null, () => this.worker.prewarm(configuration));
  }

  run(flowRun: FlowRun, configuration: BaseJobConfiguration, context: RunContext): Promise<WorkerResult> {
    const run = () => this.worker.run(flowRun, configuration, context);
    return this.#guarded('run', flowRun.id, run, this.#checkedOf(flowRun.id));
  }

  resume(
    infrastructurePid: string,
    flowRun: FlowRun,
    configuration: BaseJobConfiguration,
    context: RunContext,
  ): Promise<WorkerResult> {
    const resume = () => this.worker.resume(infrastructurePid, flowRun, configuration, context);
    return this.#guarded('resume', flowRun.id, resume, this.#checkedOf(flowRun.id));
  }

  /** Reads the last lines of a job's output. */
  async readTail(read: LogTailReader, flowRunId: string, signal: AbortSignal): Promise<readonly string[]> {
    const lines = await this.#guarded('logTail', flowRunId, () => read(signal));
    if (isTexts(lines)) return lines;
    this.faults.record('read last lines of output that are not a list of texts', null, flowRunId);
    return [];
  }

  killInfrastructure(infrastructurePid: string, configuration: BaseJobConfiguration, graceSeconds: number) {
    const kill = () => this.worker.killInfrastructure(infrastructurePid, configuration, graceSeconds);
    return this.#guarded('killInfrastructure', null, kill);
  }

  listInfrastructure(
    configurations: readonly BaseJobConfiguration[],
    places: readonly LaunchPlace[],
  ): Promise<readonly StartedInfrastructure[]> {
    return this.#guarded('listInfrastructure', null, () => this.worker.listInfrastructure(configurations, places));
  }

  findInfrastructure(launch: LaunchName, configuration: BaseJobConfiguration): Promise<string | null> {
    const find = () => this.worker.findInfrastructure(launch, configuration);
    return this.#guarded('findInfrastructure', launch.attempt.flowRunId, find);
  }

  health(): WorkerHealth {
    try {
      return this.worker.health();
    } catch (error) {
      return { isHealthy: false, problems: [`Reading the health of the plugin failed: ${String(error)}`] };
    }
  }

  /** Not an async function: its frame would take memory as long as a job runs. */
  #guarded<T>(
    method: string,
    flowRunId: string | null,
    call: () => Promise<T>,
    check: (value: T) => T = (value) => value,
  ): Promise<T> {
    if (this.#tornDown !== null) return Promise.reject(new Error(`The worker is torn down [type=${this.type}]`));
    return this.faults
      .during(method, flowRunId, () => this.#timed(method, flowRunId, call))
      .then(check, (error: unknown) => {
        throw readableError(error, this.type);
      });
  }

  #checkedOf(flowRunId: string): (result: unknown) => WorkerResult {
    return (result) => this.#checked(result, flowRunId);
  }

  /** Detects a method that blocks the event loop before it returns its promise. */
  #timed<T>(method: string, flowRunId: string | null, call: () => Promise<T>): Promise<T> {
    const beganMs = this.clock.monotonicMs();
    try {
      return call();
    } finally {
      const blockedMs = this.clock.monotonicMs() - beganMs;
      if (blockedMs >= LONGEST_BLOCK_MS)
        this.faults.record(`blocked the worker for ${Math.round(blockedMs / 1000)} s in ${method}()`, null, flowRunId);
    }
  }

  /** Converts a result of any copy of the core to the host's own class; an invalid end is omitted. */
  #checked(result: unknown, flowRunId: string): WorkerResult {
    if (typeof result !== 'object' || result === null || !('statusCode' in result) || !('identifier' in result))
      throw new WorkerResultInvalidError(this.type, result === null ? 'null' : typeof result);
    const { statusCode, identifier } = result;
    const end = 'end' in result ? (result.end ?? null) : null;
    if (typeof statusCode !== 'number' || !Number.isSafeInteger(statusCode))
      throw new WorkerResultInvalidError(this.type, `statusCode ${String(statusCode)}`);
    const problems = problemsOfEnd(end);
    if (problems.length > 0)
      this.faults.record(`gave a result that cannot be used: ${problems.join(', ')}`, null, flowRunId);
    else if (result instanceof WorkerResult) return result;
    return new WorkerResult(String(identifier), statusCode, problems.length > 0 ? null : (end as WorkerEnd | null));
  }
}
