import { type Clock, type Logger, linkSignals, type Meter, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { isAbort } from '../aws/aws-error-facts.js';
import type { LogsApi } from '../aws/logs-api.js';
import type { EcsSettings } from '../ecs-settings.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import type { LogLocation } from './log-location.js';
import { LogReader, type OutputLine } from './log-reader.js';

const SHORTEST_PAUSE_MS = 2_000;
/** Reads a second of all runs together, below what AWS allows. */
const READS_PER_SECOND = 4;
/** Beyond so many ends at once, each is read once only, after the time in which last lines may still arrive. */
const MOST_EARLY_READS = 12;

/** A run whose output is copied while it runs. */
export interface OutputOrder {
  readonly logs: LogsApi;
  readonly location: LogLocation;
  /** Where an earlier process left off; null: at the beginning. */
  readonly cursor: string | null;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  output(lines: readonly OutputLine[], cursor: string): void;
}

/** The copying of one run's output. */
export interface OutputCopy {
  /** Copies what is left after the end. True: there was a stream. Never rejects. */
  finish(): Promise<boolean>;
}

/** Copies the output of running containers to the logs of their runs, all together within the rate of AWS. */
@injectable()
export class OutputForwarder {
  #following = 0;
  #draining = 0;

  constructor(
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(TOKENS.Meter) private readonly meter: Meter,
    @inject(ECS_TOKENS.Settings) private readonly settings: Pick<EcsSettings, 'logSettleSeconds'>,
  ) {}

  follow(order: OutputOrder): OutputCopy {
    const reader = new LogReader(order.logs, order.location, order.cursor);
    const ended = new AbortController();
    const either = linkSignals(order.signal, ended.signal);
    this.#following += 1;
    const following = this.#follow(order, reader, either.signal).finally(() => {
      either.dispose();
      this.#following -= 1;
    });
    return {
      finish: async () => {
        ended.abort();
        await following;
        return this.#drain(order, reader);
      },
    };
  }

  async #follow(order: OutputOrder, reader: LogReader, signal: AbortSignal): Promise<void> {
    for (;;) {
      const pauseMs = Math.max(SHORTEST_PAUSE_MS, (this.#following / READS_PER_SECOND) * 1000);
      await this.clock.sleep(pauseMs, signal).catch(() => {});
      if (signal.aborted) return;
      await this.#copy(order, reader);
    }
  }

  /** Last lines may come some seconds after the end, so it is asked twice; once, where very many end together. */
  async #drain(order: OutputOrder, reader: LogReader): Promise<boolean> {
    const { logSettleSeconds } = this.settings;
    this.#draining += 1;
    if (this.#draining <= MOST_EARLY_READS || logSettleSeconds <= 0) await this.#copy(order, reader);
    if (logSettleSeconds > 0 && !order.signal.aborted) {
      await this.clock.sleep(logSettleSeconds * 1000, order.signal).catch(() => {});
      await this.#copy(order, reader);
    }
    this.#draining -= 1;
    return reader.exists;
  }

  async #copy(order: OutputOrder, reader: LogReader): Promise<void> {
    try {
      const lines = await reader.read(order.signal);
      if (lines.length === 0) return;
      this.meter.count('ecs_output_lines_total', {}, lines.length);
      order.output(lines, reader.cursor);
    } catch (error) {
      if (isAbort(error) || order.signal.aborted) return;
      this.meter.count('ecs_output_failures_total');
      order.logger.debug('The output of the container could not be read; it is tried again', { error });
    }
  }
}
