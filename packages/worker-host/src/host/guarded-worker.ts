import {
  type BaseJobConfiguration,
  type BaseWorker,
  type Clock,
  type FlowRun,
  type LaunchName,
  type LaunchPlace,
  type Logger,
  type RunContext,
  type StartedInfrastructure,
  type WorkerCapabilities,
  type WorkerEnd,
  type WorkerHealth,
  WorkerResult,
} from '@worker-host/core';
import { PluginTooSlowError, WorkerResultInvalidError } from './run/run-errors.js';
import { within } from './within.js';

const SETUP_SECONDS = 60;
const TEARDOWN_SECONDS = 5;

/**
 * Guards the host against its plugin: the worker is set up once and torn down once, both within bounds, and is not called
 * after that; what it throws synchronously is a rejection like any other, and what it returns is checked.
 */
export class GuardedWorker {
  #setUp: Promise<void> | null = null;
  #tornDown: Promise<void> | null = null;

  constructor(
    private readonly worker: BaseWorker,
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {}

  get type(): string {
    return this.worker.type;
  }

  get capabilities(): WorkerCapabilities {
    return this.worker.capabilities;
  }

  /** @throws PluginTooSlowError, what the plugin throws, or the signal's reason. */
  setup(signal: AbortSignal): Promise<void> {
    this.#setUp ??= within(
      this.clock,
      SETUP_SECONDS,
      this.#guarded(() => this.worker.setup()),
      () => new PluginTooSlowError(this.type, 'setup', SETUP_SECONDS),
      signal,
    );
    return this.#setUp;
  }

  /** Never rejects, and never hangs: a failure is logged with the plugin's name. Also after a failed setup. */
  teardown(): Promise<void> {
    this.#tornDown ??= within(
      this.clock,
      TEARDOWN_SECONDS,
      Promise.resolve().then(() => this.worker.teardown()),
      () => new PluginTooSlowError(this.type, 'teardown', TEARDOWN_SECONDS),
    ).catch((error: unknown) => this.logger.error('The teardown of the plugin failed', { plugin: this.type, error }));
    return this.#tornDown;
  }

  async checkReady(configuration: BaseJobConfiguration): Promise<void> {
    await this.#guarded(async () => await this.worker.checkReady(configuration));
  }

  async prewarm(configuration: BaseJobConfiguration): Promise<void> {
    await this.#guarded(async () => await this.worker.prewarm(configuration));
  }

  async run(flowRun: FlowRun, configuration: BaseJobConfiguration, context: RunContext): Promise<WorkerResult> {
    return this.#checked(await this.#guarded(() => this.worker.run(flowRun, configuration, context)));
  }

  async resume(
    infrastructurePid: string,
    flowRun: FlowRun,
    configuration: BaseJobConfiguration,
    context: RunContext,
  ): Promise<WorkerResult> {
    return this.#checked(
      await this.#guarded(() => this.worker.resume(infrastructurePid, flowRun, configuration, context)),
    );
  }

  killInfrastructure(infrastructurePid: string, configuration: BaseJobConfiguration, graceSeconds: number) {
    return this.#guarded(() => this.worker.killInfrastructure(infrastructurePid, configuration, graceSeconds));
  }

  listInfrastructure(
    configurations: readonly BaseJobConfiguration[],
    places: readonly LaunchPlace[],
  ): Promise<readonly StartedInfrastructure[]> {
    return this.#guarded(() => this.worker.listInfrastructure(configurations, places));
  }

  findInfrastructure(launch: LaunchName, configuration: BaseJobConfiguration): Promise<string | null> {
    return this.#guarded(() => this.worker.findInfrastructure(launch, configuration));
  }

  health(): WorkerHealth {
    try {
      return this.worker.health();
    } catch (error) {
      return { isHealthy: false, problems: [`Reading the health of the plugin failed: ${String(error)}`] };
    }
  }

  async #guarded<T>(call: () => Promise<T>): Promise<T> {
    if (this.#tornDown !== null) throw new Error(`The worker is torn down [type=${this.type}]`);
    return await call();
  }

  /** Whatever copy of the core it was made with, the host goes on with its own. */
  #checked(result: unknown): WorkerResult {
    if (result instanceof WorkerResult) return result;
    if (typeof result === 'object' && result !== null && 'statusCode' in result && 'identifier' in result) {
      const { statusCode, identifier } = result;
      const end = 'end' in result ? (result.end as WorkerEnd | null) : null;
      if (typeof statusCode === 'number' && Number.isInteger(statusCode))
        return new WorkerResult(String(identifier), statusCode, end ?? null);
    }
    throw new WorkerResultInvalidError(this.type, result === null ? 'null' : typeof result);
  }
}
