import { type Clock, type Logger, linkSignals, type Meter, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { isAbort } from '../aws/aws-error-facts.js';
import type { LogsApi } from '../aws/logs-api.js';
import type { EcsSettings } from '../ecs-settings.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import { unlessAborted } from '../utilities/unless-aborted.js';
import type { LogLocation } from './log-location.js';
import { OutputBatches } from './output-batches.js';
import { type OutputLine, StreamCursor } from './stream-cursor.js';

const SHORTEST_PAUSE_MS = 2_000;
/** Streams a second of all runs together: two full calls, below what AWS allows. */
const STREAMS_PER_SECOND = 200;

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
  readonly #batches: OutputBatches;
  #following = 0;

  constructor(
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(TOKENS.Meter) private readonly meter: Meter,
    @inject(ECS_TOKENS.Settings) private readonly settings: Pick<EcsSettings, 'logSettleSeconds'>,
  ) {
    this.#batches = new OutputBatches(clock);
  }

  follow(order: OutputOrder): OutputCopy {
    const cursor = new StreamCursor(order.cursor);
    const ended = new AbortController();
    const either = linkSignals(order.signal, ended.signal);
    this.#following += 1;
    const following = this.#follow(order, cursor, either.signal).finally(() => {
      either.dispose();
      this.#following -= 1;
    });
    return {
      finish: async () => {
        ended.abort();
        await following;
        return this.#drain(order, cursor);
      },
    };
  }

  async #follow(order: OutputOrder, cursor: StreamCursor, signal: AbortSignal): Promise<void> {
    for (;;) {
      const pauseMs = Math.max(SHORTEST_PAUSE_MS, (this.#following / STREAMS_PER_SECOND) * 1000);
      await this.clock.sleep(pauseMs, signal).catch(() => {});
      if (signal.aborted) return;
      await this.#copy(order, cursor);
    }
  }

  /** Last lines may come some seconds after the end, so it is read twice. */
  async #drain(order: OutputOrder, cursor: StreamCursor): Promise<boolean> {
    const { logSettleSeconds } = this.settings;
    await this.#copy(order, cursor);
    if (logSettleSeconds > 0 && !order.signal.aborted) {
      await this.clock.sleep(logSettleSeconds * 1000, order.signal).catch(() => {});
      await this.#copy(order, cursor);
    }
    return cursor.exists;
  }

  async #copy(order: OutputOrder, cursor: StreamCursor): Promise<void> {
    try {
      if (order.signal.aborted) return;
      const lines = await unlessAborted(this.#batches.read(order.logs, order.location, cursor), order.signal);
      if (lines.length === 0 || order.signal.aborted) return;
      this.meter.count('ecs_output_lines_total', {}, lines.length);
      order.output(lines, cursor.text);
    } catch (error) {
      if (isAbort(error) || order.signal.aborted) return;
      this.meter.count('ecs_output_failures_total');
      order.logger.debug('The output of the container could not be read; it is tried again', { error });
    }
  }
}
