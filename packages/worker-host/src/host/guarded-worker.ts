import {
  type BaseJobConfiguration,
  type BaseWorker,
  type FlowRun,
  type Logger,
  type RunContext,
  type StartedInfrastructure,
  type WorkerCapabilities,
  type WorkerEnd,
  type WorkerHealth,
  WorkerResult,
} from '@worker-host/core';
import { WorkerResultInvalidError } from './run-errors.js';

/**
 * A plugin's worker behind a fence: set up once, torn down once, nothing after that; what it throws at once is a
 * rejection like any other, what it returns is checked, and what may not throw does not.
 */
export class GuardedWorker {
  #setUp: Promise<void> | null = null;
  #tornDown: Promise<void> | null = null;

  constructor(
    private readonly worker: BaseWorker,
    private readonly logger: Logger,
  ) {}

  get type(): string {
    return this.worker.type;
  }

  get capabilities(): WorkerCapabilities {
    return this.worker.capabilities;
  }

  setup(): Promise<void> {
    this.#setUp ??= this.#guarded(() => this.worker.setup());
    return this.#setUp;
  }

  /** Never rejects: a failure is logged with the plugin's name. Also after a failed setup. */
  teardown(): Promise<void> {
    this.#tornDown ??= Promise.resolve()
      .then(() => this.worker.teardown())
      .catch((error: unknown) => {
        this.logger.error('The plugin could not let go of all it held', { plugin: this.type, error });
      });
    return this.#tornDown;
  }

  /** Whether the worker gets anything ready beforehand. */
  get anticipates(): boolean {
    return typeof this.worker.anticipate === 'function';
  }

  async anticipate(configuration: BaseJobConfiguration): Promise<void> {
    await this.#guarded(async () => this.worker.anticipate?.(configuration));
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

  listInfrastructure(configurations: readonly BaseJobConfiguration[]): Promise<readonly StartedInfrastructure[]> {
    return this.#guarded(() => this.worker.listInfrastructure(configurations));
  }

  health(): WorkerHealth {
    try {
      return this.worker.health();
    } catch (error) {
      return { isHealthy: false, problems: [`The plugin cannot tell its health: ${String(error)}`] };
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
