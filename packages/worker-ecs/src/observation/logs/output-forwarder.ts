import { type Clock, type Logger, linkSignals, type Meter, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { isAbort } from '../../aws/errors/aws-error-facts.js';
import type { EcsSettings } from '../../ecs-settings.js';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { unlessAborted } from '../../utilities/unless-aborted.js';
import type { TaskOutput } from './log-reader.js';
import type { OutputLine } from './stream-cursor.js';

const SHORTEST_PAUSE_MS = 2_000;
/** Streams per second of all runs together: two full calls, below the limit of AWS. */
const STREAMS_PER_SECOND = 200;

/** A run whose output is copied while it runs. */
export interface OutputOrder {
  readonly source: Pick<TaskOutput, 'read'>;
  /** Position at which an earlier process stopped; null: the beginning. */
  readonly cursor: string | null;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  output(lines: readonly OutputLine[], cursor: string): void;
}

/** Copies the output of one run. */
export interface OutputCopy {
  /** Copies the rest after the end. Never rejects. */
  finish(): Promise<void>;
}

/** Progress of one output. */
interface Position {
  cursor: string | null;
}

/** Copies the output of running containers to the logs of their runs, for all within the rate limit of AWS. */
@injectable()
export class OutputForwarder {
  #following = 0;

  constructor(
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(TOKENS.Meter) private readonly meter: Meter,
    @inject(ECS_TOKENS.Settings) private readonly settings: Pick<EcsSettings, 'logSettleSeconds'>,
  ) {}

  follow(order: OutputOrder): OutputCopy {
    const position: Position = { cursor: order.cursor };
    const ended = new AbortController();
    const either = linkSignals(order.signal, ended.signal);
    this.#following += 1;
    const following = this.#follow(order, position, either.signal).finally(() => {
      either.dispose();
      this.#following -= 1;
    });
    return {
      finish: async () => {
        ended.abort();
        await following;
        await this.#drain(order, position);
      },
    };
  }

  async #follow(order: OutputOrder, position: Position, signal: AbortSignal): Promise<void> {
    for (;;) {
      const pauseMs = Math.max(SHORTEST_PAUSE_MS, (this.#following / STREAMS_PER_SECOND) * 1000);
      await this.clock.sleep(pauseMs, signal).catch(() => {});
      if (signal.aborted) return;
      await this.#copy(order, position);
    }
  }

  /** The last lines can arrive some seconds after the end, so the stream is read twice. */
  async #drain(order: OutputOrder, position: Position): Promise<void> {
    const { logSettleSeconds } = this.settings;
    await this.#copy(order, position);
    if (logSettleSeconds > 0 && !order.signal.aborted) {
      await this.clock.sleep(logSettleSeconds * 1000, order.signal).catch(() => {});
      await this.#copy(order, position);
    }
  }

  async #copy(order: OutputOrder, position: Position): Promise<void> {
    try {
      if (order.signal.aborted) return;
      const page = await unlessAborted(order.source.read(position.cursor, order.signal), order.signal);
      position.cursor = page.cursor;
      if (page.lines.length === 0 || order.signal.aborted) return;
      this.meter.count('ecs_output_lines_total', {}, page.lines.length);
      order.output(page.lines, page.cursor ?? '');
    } catch (error) {
      if (isAbort(error) || order.signal.aborted) return;
      this.meter.count('ecs_output_failures_total');
      order.logger.debug('Reading the output of the container failed; retrying', { error });
    }
  }
}
