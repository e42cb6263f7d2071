import type { BaseJobConfiguration, Clock, Logger, Meter } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { hasCode } from '../failure.js';
import { GuardedWorker } from '../guarded-worker.js';
import { type RetryPolicy, retryMs } from '../retry.js';
import { HOST_TOKENS } from '../tokens.js';
import type { WorkerHostSettings } from '../worker-host-settings.js';

/** Outcome of a stop request. */
export type StopOutcome =
  /** The infrastructure is stopping or stopped. */
  | 'stopping'
  /** It does not exist (any more). */
  | 'gone'
  /** The worker type cannot stop infrastructure. */
  | 'not-supported';

/** Delay after a confirmed request, before it is repeated for a job whose end was not seen yet. */
const REPEAT_MS = 20_000;

/** Stops infrastructure, and repeats the request until it takes effect. */
@injectable()
export class InfrastructureStopper {
  constructor(
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(HOST_TOKENS.Settings) private readonly settings: WorkerHostSettings,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Meter) private readonly meter: Meter,
    @inject(HOST_TOKENS.RetryPolicy) private readonly policy: RetryPolicy,
  ) {}

  /**
   * Requests the stop until it is confirmed or the infrastructure does not exist. Logs the first failure.
   *
   * @throws the signal's reason.
   */
  async stop(
    infrastructurePid: string,
    configuration: BaseJobConfiguration,
    logger: Logger,
    signal: AbortSignal,
  ): Promise<StopOutcome> {
    if (!this.worker.capabilities.canKill) {
      logger.warn('This worker type cannot stop a job; the job runs until it ends by itself', { infrastructurePid });
      return 'not-supported';
    }
    for (let failures = 0; ; ) {
      signal.throwIfAborted();
      try {
        return await this.stopOnce(infrastructurePid, configuration, logger);
      } catch (error) {
        failures += 1;
        this.meter.count('worker_host_kill_failures_total');
        const write = failures === 1 ? logger.error.bind(logger) : logger.debug.bind(logger);
        write('Stopping the infrastructure failed; retrying', { infrastructurePid, failures, error });
      }
      await this.clock.sleep(Math.min(REPEAT_MS, retryMs(this.policy, failures, this.clock)), signal);
    }
  }

  /**
   * Requests the stop repeatedly until the signal is aborted because the end of the job was seen. A confirmed request
   * is repeated too: infrastructure that did not know the job yet may have lost the request.
   */
  async stopUntilEnded(
    infrastructurePid: string,
    configuration: BaseJobConfiguration,
    logger: Logger,
    ended: AbortSignal,
  ): Promise<void> {
    while (!ended.aborted) {
      const outcome = await this.stop(infrastructurePid, configuration, logger, ended);
      if (outcome === 'not-supported') return;
      await this.clock.sleep(REPEAT_MS, ended);
    }
  }

  /** Requests the stop once. @throws errors of the worker, except for infrastructure that does not exist. */
  async stopOnce(infrastructurePid: string, configuration: BaseJobConfiguration, logger: Logger): Promise<StopOutcome> {
    const { worker, settings } = this;
    try {
      await worker.killInfrastructure(infrastructurePid, configuration, settings.killGraceSeconds);
      logger.info('Requested the infrastructure to stop', { infrastructurePid });
      return 'stopping';
    } catch (error) {
      if (hasCode(error, 'NOT_SUPPORTED_BY_WORKER')) return 'not-supported';
      if (!hasCode(error, 'INFRASTRUCTURE_NOT_FOUND')) throw error;
      logger.info('Nothing to stop: the infrastructure is gone', { infrastructurePid });
      return 'gone';
    }
  }
}
