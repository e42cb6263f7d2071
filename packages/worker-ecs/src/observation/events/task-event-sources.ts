import { type Logger, TOKENS } from '@worker-host/core';
import { inject, injectAll, injectable } from 'tsyringe';
import type { AwsClients } from '../../aws/aws-clients.js';
import type { AwsCredentialsValue } from '../../aws/aws-credentials-value.js';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import type { EcsTaskEventSource } from './task-event-source.js';

/** All sources of task events. A failing source only loses its events, and never affects a run. */
@injectable()
export class TaskEventSources implements EcsTaskEventSource {
  readonly #failing = new Set<EcsTaskEventSource>();

  constructor(
    @injectAll(ECS_TOKENS.TaskEventSource) private readonly sources: readonly EcsTaskEventSource[],
    @inject(TOKENS.Logger) private readonly logger: Logger,
  ) {}

  get problems(): readonly string[] {
    return this.sources.flatMap(({ problems }) => problems);
  }

  begin(clients: AwsClients, credentials: AwsCredentialsValue | null): void {
    for (const source of this.sources) {
      try {
        source.begin(clients, credentials);
      } catch (error) {
        if (!this.#failing.has(source)) this.logger.warn('Starting a source of task events failed', { error });
        this.#failing.add(source);
      }
    }
  }

  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.sources.map(async (source) => source.close()));
    for (const each of closed)
      if (each.status === 'rejected')
        this.logger.warn('Closing a source of task events failed', { error: each.reason });
  }
}
