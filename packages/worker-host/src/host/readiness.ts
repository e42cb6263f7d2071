import { type BaseJobConfiguration, type Clock, isWorkerNotReady, type Logger } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { GuardedWorker } from './guarded-worker.js';
import { HOST_TOKENS } from './tokens.js';

/** How long a successful check is valid. */
const TRUSTED_MS = 300_000;
/** Delay between two checks while the worker is not ready. */
const RECHECK_MS = 10_000;

/**
 * Whether the worker can reach its infrastructure: credentials, a region, and other prerequisites of every run. While it
 * cannot, the host claims nothing; it resumes by itself.
 */
@injectable()
export class Readiness {
  #problem: string | null = null;
  #checkAtMs = Number.NEGATIVE_INFINITY;
  #checking: Promise<boolean> | null = null;

  constructor(
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Logger) private readonly logger: Logger,
  ) {}

  /** The problem, in one line. Null: ready, as far as is known. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Called when a launch failed because a prerequisite of the worker is missing. */
  fail(problem: string): void {
    this.#report(problem);
    this.#checkAtMs = this.clock.monotonicMs() + RECHECK_MS;
  }

  /** Returns whether the worker is ready. Checks if the last result is old. Never rejects. */
  async check(configuration: () => Promise<BaseJobConfiguration>): Promise<boolean> {
    if (this.clock.monotonicMs() < this.#checkAtMs) return this.#problem === null;
    this.#checking ??= this.#checkNow(configuration).finally(() => {
      this.#checking = null;
    });
    return await this.#checking;
  }

  /** Returns whether a run with its own access can be launched although the worker has none. Never rejects. */
  async isReadyFor(configuration: BaseJobConfiguration): Promise<boolean> {
    return (await this.#problemOf(configuration)) === null;
  }

  async #checkNow(configuration: () => Promise<BaseJobConfiguration>): Promise<boolean> {
    this.#report(await this.#problemOf(await configuration()));
    this.#checkAtMs = this.clock.monotonicMs() + (this.#problem === null ? TRUSTED_MS : RECHECK_MS);
    return this.#problem === null;
  }

  async #problemOf(configuration: BaseJobConfiguration): Promise<string | null> {
    try {
      await this.worker.checkReady(configuration);
      return null;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (isWorkerNotReady(error)) return text;
      this.logger.debug('Checking the access to the infrastructure failed', { error });
      return null;
    }
  }

  #report(problem: string | null): void {
    if (problem !== null && this.#problem === null) this.logger.error(`The worker claims no runs: ${problem}`);
    if (problem === null && this.#problem !== null)
      this.logger.info('The worker can reach its infrastructure again; it claims runs');
    this.#problem = problem;
  }
}
