import type { BaseJobConfiguration, Logger } from '@worker-host/core';
import { retryMs } from './back-off.js';
import type { HostParts } from './host-parts.js';
import { hasCode } from './orchestrator-failure.js';

/** What became of an order to stop. */
export type KillOutcome =
  /** The infrastructure has taken the order. */
  | 'stopped'
  /** There was nothing (any more). */
  | 'gone'
  /** The worker type cannot stop anything. */
  | 'not-supported';

/** Stops infrastructure, and does not give up before that is done. */
export class RunKiller {
  constructor(private readonly parts: Pick<HostParts, 'worker' | 'settings' | 'clock' | 'meter'>) {}

  /**
   * Orders the stop until the order is taken or the infrastructure is gone. The first failure is logged loudly.
   * Aborting the signal gives up: the signal's reason is thrown.
   */
  async killUntilDone(
    infrastructurePid: string,
    configuration: BaseJobConfiguration,
    logger: Logger,
    signal: AbortSignal,
  ): Promise<KillOutcome> {
    if (!this.parts.worker.capabilities.canKill) {
      logger.warn('This worker type cannot stop a job; it goes on to its own end', { infrastructurePid });
      return 'not-supported';
    }
    for (let failures = 0; ; ) {
      signal.throwIfAborted();
      try {
        return await this.killOnce(infrastructurePid, configuration, logger);
      } catch (error) {
        failures += 1;
        this.parts.meter.count('worker_host_kill_failures_total');
        const log = failures === 1 ? logger.error.bind(logger) : logger.debug.bind(logger);
        log('The infrastructure could not be stopped; it is tried again', { infrastructurePid, failures, error });
      }
      await this.parts.clock.sleep(retryMs(failures, this.parts.clock), signal);
    }
  }

  /** One order. Throws what the worker throws, but for what is gone. */
  async killOnce(infrastructurePid: string, configuration: BaseJobConfiguration, logger: Logger): Promise<KillOutcome> {
    const { worker, settings } = this.parts;
    try {
      await worker.killInfrastructure(infrastructurePid, configuration, settings.killGraceSeconds);
      logger.info('Told the infrastructure to stop', { infrastructurePid });
      return 'stopped';
    } catch (error) {
      if (hasCode(error, 'NOT_SUPPORTED_BY_WORKER')) return 'not-supported';
      if (!hasCode(error, 'INFRASTRUCTURE_NOT_FOUND')) throw error;
      logger.info('Nothing to stop: the infrastructure is gone', { infrastructurePid });
      return 'gone';
    }
  }
}
