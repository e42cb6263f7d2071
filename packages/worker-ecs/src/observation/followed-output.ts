import type { RunContext, WorkerEnd } from '@worker-host/core';
import type { EcsTask } from '../aws/ecs-api.js';
import type { EcsOutputForwarder } from '../ecs-parts.js';
import type { EcsSettings } from '../ecs-settings.js';
import type { ObservedEnd } from './diagnosis/task-end.js';
import type { EcsLogReader, TaskOutput } from './logs/log-reader.js';
import type { OutputCopy } from './logs/output-forwarder.js';
import type { FollowedRun } from './task-run-follower.js';

/** Dependencies of {@link FollowedOutput}. */
export interface OutputParts {
  /** In order of precedence. */
  readonly readers: readonly EcsLogReader[];
  readonly forwarder: EcsOutputForwarder;
  readonly settings: Pick<EcsSettings, 'forwardsCrashedRunLogs' | 'crashedRunLogLines'>;
}

/** The output of one run: copied during the run if configured, otherwise its tail if the run fails. */
export class FollowedOutput {
  #copy: Promise<OutputCopy | null> | null = null;

  constructor(
    private readonly run: FollowedRun,
    private readonly context: RunContext,
    private readonly parts: OutputParts,
  ) {}

  /** Starts to copy, once. */
  begin(task: EcsTask): void {
    if (this.run.streamsOutput) this.#copy ??= this.#start(task);
  }

  /** Copies the rest. Never rejects. Returns what reads the last lines of a failed run, which are not in its log yet. */
  async finish(end: ObservedEnd, endedWell: boolean): Promise<WorkerEnd['logTail']> {
    const task = end.kind === 'stopped' ? end.task : (end.lastSeen ?? {});
    if (this.run.streamsOutput) {
      this.begin(task);
      await (await this.#copy)?.finish();
      return [];
    }
    if (endedWell || !this.parts.settings.forwardsCrashedRunLogs) return [];
    return (signal) => this.#tail(task, signal);
  }

  async #start(task: EcsTask): Promise<OutputCopy | null> {
    const { context, parts } = this;
    const source = await this.#find(task, context.signal);
    if (!source) return null;
    return parts.forwarder.follow({
      source,
      cursor: context.outputCursor,
      signal: context.signal,
      logger: context.logger,
      output: (lines, cursor) => context.output(lines, cursor),
    });
  }

  async #tail(task: EcsTask, signal: AbortSignal): Promise<readonly string[]> {
    const source = await this.#find(task, signal);
    if (!source) return [];
    try {
      return await source.tail(this.parts.settings.crashedRunLogLines, signal);
    } catch (error) {
      this.context.logger.debug('Reading the last lines of the output failed', { error });
      return [];
    }
  }

  async #find(task: EcsTask, signal: AbortSignal): Promise<TaskOutput | null> {
    const { run, context, parts } = this;
    let elsewhere: string | null = null;
    for (const reader of parts.readers) {
      try {
        const found = await reader.outputOf({
          flowRunId: context.attempt.flowRunId,
          clients: run.clients,
          clientsIn: (region) => run.clientsIn(region),
          taskArn: run.taskArn,
          containerName: run.containerName,
          definition: run.definition,
          taskDefinitionArn: task.taskDefinitionArn ?? null,
          signal,
        });
        if (found === null) continue;
        if (!('elsewhere' in found)) return found;
        elsewhere ??= found.elsewhere;
      } catch (error) {
        context.logger.debug('Locating the output of the container failed', { error });
      }
    }
    if (elsewhere !== null)
      context.logger.info(`The output of the container ${elsewhere}, so the worker cannot show it here`, {
        hint: 'Set configure_cloudwatch_logs and execution_role_arn in the work pool.',
      });
    return null;
  }
}
