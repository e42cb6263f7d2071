import {
  type Clock,
  InfrastructureNotFound,
  type Logger,
  type Meter,
  type RunContext,
  TOKENS,
  type WorkerEnd,
} from '@worker-host/core';
import { inject, injectAll, injectable } from 'tsyringe';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsTask, EcsTaskDefinition } from '../aws/ecs-api.js';
import type { LogsApi } from '../aws/logs-api.js';
import type { EcsLogLocator, EcsOutputForwarder, EcsTaskEventPublisher, EcsTaskWatcher } from '../ecs-parts.js';
import type { EcsSettings } from '../ecs-settings.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import type { LogLocation } from './log-location.js';
import type { OutputCopy } from './output-forwarder.js';
import { readLogTail } from './read-log-tail.js';
import type { StopReasonRow } from './stop-reason-row.js';
import { describeEnd, type ObservedEnd } from './task-end.js';
import { TAG, type TaskTags, tagsOf } from './task-event.js';
import type { TaskEventFacts } from './watched-task.js';

/** A task that exists and shall be followed to its end. */
export interface TaskRunToFollow {
  readonly clients: AwsClients;
  /** Clients of the same credentials in another region. */
  clientsIn(region: string): Promise<AwsClients>;
  /** What names it for the host. */
  readonly identifier: string;
  readonly cluster: string;
  readonly taskArn: string;
  /** Null: adopted from an earlier process. */
  readonly launchedAtMs: number | null;
  readonly initial: EcsTask | null;
  /** Null: it is described when it is needed. */
  readonly definition: EcsTaskDefinition | null;
  readonly containerName: string | null;
  readonly labels: TaskTags;
  /** The request carries the tag by which its definition is deregistered at the end. */
  readonly deregisters: boolean;
  readonly streamsOutput: boolean;
}

type OutputParts = {
  readonly locator: EcsLogLocator;
  readonly forwarder: EcsOutputForwarder;
  readonly settings: EcsSettings;
  readonly clock: Clock;
};

/** Follows one task to its end: progress, events, output, and what its end means. */
@injectable()
export class TaskRunFollower {
  constructor(
    @inject(ECS_TOKENS.TaskWatcher) private readonly watcher: EcsTaskWatcher,
    @inject(ECS_TOKENS.TaskEventPublisher) private readonly publisher: EcsTaskEventPublisher,
    @inject(ECS_TOKENS.LogLocator) private readonly locator: EcsLogLocator,
    @inject(ECS_TOKENS.OutputForwarder) private readonly forwarder: EcsOutputForwarder,
    @inject(ECS_TOKENS.Settings) private readonly settings: EcsSettings,
    @inject(TOKENS.Meter) private readonly meter: Meter,
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @injectAll(ECS_TOKENS.StopReasonRow) private readonly stopReasons: readonly StopReasonRow[],
  ) {}

  /**
   * Resolves with the end; rejects with the reason when `context.signal` is aborted.
   *
   * @throws InfrastructureNotFound for a task of an earlier process that ECS never showed.
   */
  async follow(run: TaskRunToFollow, context: RunContext): Promise<WorkerEnd> {
    const { locator, forwarder, settings, clock } = this;
    const output = new FollowedOutput(run, context, { locator, forwarder, settings, clock });
    const end = await this.watcher.watch({
      clients: run.clients,
      cluster: run.cluster,
      taskArn: run.taskArn,
      launchedAtMs: run.launchedAtMs,
      initial: run.initial,
      onChange: (task, event) => this.#changed(run, context, output, task, event),
      onPast: (task, event) => this.publisher.publish(task, run.labels, event),
      signal: context.signal,
    });
    if (end.kind === 'vanished' && end.lastSeen === null && run.launchedAtMs === null) {
      throw new InfrastructureNotFound(
        run.identifier,
        'ECS does not know the task, or forgot it an hour after its end',
      );
    }
    const { containerName } = run;
    const { attempt, relaunch } = context;
    const about = { containerName, attemptStartedAtMs: attempt.startedAtMs, relaunch };
    const described = describeEnd(end, about, this.stopReasons);
    const logTail = await output.finish(end, described.exitCode === 0);
    await this.#deregister(run, end, context.logger);
    this.#measure(described);
    return { ...described, logTail };
  }

  #changed(
    run: TaskRunToFollow,
    context: RunContext,
    output: FollowedOutput,
    task: EcsTask,
    event: TaskEventFacts | null,
  ): void {
    this.publisher.publish(task, run.labels, event);
    if (task.lastStatus === 'RUNNING') {
      context.progress({ phase: 'running' });
      output.begin(task);
    } else if (['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(task.lastStatus ?? '')) {
      context.progress({ phase: 'provisioning' });
    }
  }

  /** A definition made for this one run is of no use any more. Failing is a warning: the run has ended all the same. */
  async #deregister(run: TaskRunToFollow, end: ObservedEnd, logger: Logger): Promise<void> {
    const task = end.kind === 'stopped' ? end.task : end.lastSeen;
    const isTagged = run.deregisters || tagsOf(task?.tags)[TAG.deregister] === 'true';
    if (!isTagged || !task?.taskDefinitionArn) return;
    const { taskDefinitionArn } = task;
    try {
      await run.clients.ecs.deregisterTaskDefinition({ taskDefinition: taskDefinitionArn });
    } catch (error) {
      logger.warn('The task definition made for the run could not be deregistered', { taskDefinitionArn, error });
    }
  }

  #measure(end: WorkerEnd): void {
    const cause = end.diagnosis?.kind ?? 'success';
    this.meter.count('ecs_task_ends_total', { cause, relaunchable: String(end.relaunchable) });
    for (const [phase, seconds] of Object.entries(end.phasesSeconds)) {
      this.meter.observe('ecs_task_phase_seconds', seconds, { phase });
    }
  }
}

/** The output of one run: followed while it runs where that is wanted, and its tail where it ends badly. */
class FollowedOutput {
  #copy: Promise<OutputCopy | null> | null = null;

  constructor(
    private readonly run: TaskRunToFollow,
    private readonly context: RunContext,
    private readonly parts: OutputParts,
  ) {}

  /** Begins to copy, once. */
  begin(task: EcsTask): void {
    if (this.run.streamsOutput) this.#copy ??= this.#start(task);
  }

  /** Copies what is left, or reads the tail. Never rejects; the lines it returns are not in the run's log yet. */
  async finish(end: ObservedEnd, endedWell: boolean): Promise<readonly string[]> {
    const task = end.kind === 'stopped' ? end.task : (end.lastSeen ?? {});
    if (this.run.streamsOutput) {
      this.begin(task);
      await (await this.#copy)?.finish();
      return [];
    }
    if (endedWell || !this.parts.settings.forwardsCrashedRunLogs) return [];
    return this.#tail(task);
  }

  async #start(task: EcsTask): Promise<OutputCopy | null> {
    const { context, parts } = this;
    const found = await this.#locate(task);
    if (!found) return null;
    return parts.forwarder.follow({
      logs: found.logs,
      location: found.location,
      cursor: context.outputCursor,
      signal: context.signal,
      logger: context.logger,
      output: (lines, cursor) => context.output(lines, cursor),
    });
  }

  async #tail(task: EcsTask): Promise<readonly string[]> {
    const found = await this.#locate(task);
    if (!found) return [];
    const { settings, clock } = this.parts;
    const late = { clock, settleMs: settings.logSettleSeconds * 1000 };
    try {
      return await readLogTail(found.logs, found.location, settings.crashedRunLogLines, late, this.context.signal);
    } catch (error) {
      this.context.logger.debug('The tail of the output could not be read', { error });
      return [];
    }
  }

  async #locate(task: EcsTask): Promise<{ readonly logs: LogsApi; readonly location: LogLocation } | null> {
    const { run, context, parts } = this;
    try {
      const location = await parts.locator.locate({
        clients: run.clients,
        taskArn: run.taskArn,
        containerName: run.containerName,
        definition: run.definition,
        taskDefinitionArn: task.taskDefinitionArn ?? null,
        signal: context.signal,
      });
      if ('elsewhere' in location) {
        context.logger.info(`The output of the container ${location.elsewhere}, so the worker cannot show it here`, {
          hint: 'Set configure_cloudwatch_logs and execution_role_arn in the work pool.',
        });
        return null;
      }
      const isElsewhere = location.region !== null && location.region !== run.clients.region;
      const clients = isElsewhere && location.region ? await run.clientsIn(location.region) : run.clients;
      return { logs: clients.logs, location };
    } catch (error) {
      context.logger.debug('It could not be found out where the output of the container is', { error });
      return null;
    }
  }
}
