import { type Clock, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { LogsApi } from '../../aws/logs-api.js';
import type { EcsLogLocator } from '../../ecs-parts.js';
import type { EcsSettings } from '../../ecs-settings.js';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import type { LogLocation } from './log-location.js';
import type { EcsLogReader, OutputPage, TaskOutput, TaskToRead } from './log-reader.js';
import { OutputBatches } from './output-batches.js';
import { readLogTail } from './read-log-tail.js';
import { StreamCursor } from './stream-cursor.js';

/** Reads the output of tasks from CloudWatch Logs, many streams with one call. */
@injectable()
export class CloudWatchLogReader implements EcsLogReader {
  readonly #batches: OutputBatches;

  constructor(
    @inject(ECS_TOKENS.LogLocator) private readonly locator: EcsLogLocator,
    @inject(ECS_TOKENS.Settings) private readonly settings: Pick<EcsSettings, 'logSettleSeconds'>,
    @inject(TOKENS.Clock) private readonly clock: Clock,
  ) {
    this.#batches = new OutputBatches(clock);
  }

  async outputOf(task: TaskToRead): Promise<TaskOutput | { readonly elsewhere: string }> {
    const location = await this.locator.locate(task);
    if ('elsewhere' in location) return location;
    const { region } = location;
    const clients = region === null || region === task.clients.region ? task.clients : await task.clientsIn(region);
    return this.#outputAt(clients.logs, location);
  }

  #outputAt(logs: LogsApi, location: LogLocation): TaskOutput {
    const late = { clock: this.clock, settleMs: this.settings.logSettleSeconds * 1000 };
    let position: StreamCursor | null = null;
    return {
      read: async (cursor): Promise<OutputPage> => {
        position ??= new StreamCursor(cursor);
        const lines = await this.#batches.read(logs, location, position);
        return { lines, cursor: position.text };
      },
      tail: (limit, signal) => readLogTail(logs, location, limit, late, signal),
    };
  }
}
