import {
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
import type { EcsOutputForwarder, EcsTaskEventPublisher, EcsTaskWatcher } from '../ecs-parts.js';
import type { EcsSettings } from '../ecs-settings.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import type { ConsoleLinks } from './console-links.js';
import { describeEnd, type ObservedEnd } from './diagnosis/task-end.js';
import { TAG, type TaskTags, tagsOf } from './events/task-event.js';
import { FollowedOutput, type OutputParts } from './followed-output.js';
import type { EcsLogReader } from './logs/log-reader.js';
import type { StopReasonRow } from './stop-reasons/stop-reason-row.js';
import type { TaskEventFacts } from './watch/watched-task.js';

/** An existing task to follow to its end. */
export interface TaskRunToFollow {
  readonly clients: AwsClients;
  /** Clients of the same credentials in another region. */
  clientsIn(region: string): Promise<AwsClients>;
  /** Its identifier for the host. */
  readonly identifier: string;
  readonly cluster: string;
  readonly taskArn: string;
  /** Milliseconds since the epoch at which this process launched it. Null: adopted from an earlier process. */
  readonly launchedAtMs: number | null;
  readonly initial: EcsTask | null;
  /** Null: it is described when needed. */
  readonly definition: EcsTaskDefinition | null;
  readonly containerName: string | null;
  readonly labels: TaskTags;
  /** True: the request has the tag by which its definition is deregistered at the end. */
  readonly deregisters: boolean;
  readonly streamsOutput: boolean;
  /** Links for users. */
  readonly links: ConsoleLinks;
}

/** What is kept of it while it is followed. */
export type FollowedRun = Omit<TaskRunToFollow, 'initial'>;

/** Not by a rest element, whose object takes four times the memory. */
function followedRun(run: TaskRunToFollow): FollowedRun {
  return {
    clients: run.clients,
    clientsIn: run.clientsIn,
    identifier: run.identifier,
    cluster: run.cluster,
    taskArn: run.taskArn,
    launchedAtMs: run.launchedAtMs,
    definition: run.definition,
    containerName: run.containerName,
    labels: run.labels,
    deregisters: run.deregisters,
    streamsOutput: run.streamsOutput,
    links: run.links,
  };
}

/** Follows one task to its end: progress, events, output, and what its end means. */
@injectable()
export class TaskRunFollower {
  readonly #output: OutputParts;
  /** Rows and readers in order of precedence, the last registered first. */
  readonly #stopReasons: readonly StopReasonRow[];

  constructor(
    @inject(ECS_TOKENS.TaskWatcher) private readonly watcher: EcsTaskWatcher,
    @inject(ECS_TOKENS.TaskEventPublisher) private readonly publisher: EcsTaskEventPublisher,
    @injectAll(ECS_TOKENS.LogReader) readers: readonly EcsLogReader[],
    @inject(ECS_TOKENS.OutputForwarder) forwarder: EcsOutputForwarder,
    @inject(ECS_TOKENS.Settings) settings: EcsSettings,
    @inject(TOKENS.Meter) private readonly meter: Meter,
    @injectAll(ECS_TOKENS.StopReasonRow) stopReasons: readonly StopReasonRow[],
  ) {
    this.#output = { readers: readers.toReversed(), forwarder, settings };
    this.#stopReasons = stopReasons.toReversed();
  }

  /**
   * Resolves with the end; rejects with the reason when `context.signal` is aborted.
   *
   * @throws InfrastructureNotFound for a task of an earlier process that ECS never returned.
   */
  follow(to: TaskRunToFollow, context: RunContext): Promise<WorkerEnd> {
    const { initial } = to;
    const run = followedRun(to);
    const output = new FollowedOutput(run, context, this.#output);
    const { links } = run;
    if (run.launchedAtMs !== null && links.task !== undefined) context.logger.info(`The task is at ${links.task}`);
    if (run.launchedAtMs !== null && links.logs !== undefined) context.logger.info(`Its output is at ${links.logs}`);
    // Not an async function: its frame, and the first response, would take memory as long as the task runs.
    const watched = this.watcher.watch({
      clients: run.clients,
      cluster: run.cluster,
      taskArn: run.taskArn,
      launchedAtMs: run.launchedAtMs,
      initial,
      onChange: (task, event) => this.#changed(run, context, output, task, event),
      onPast: (task, event) => this.publisher.publish(task, run.labels, event),
      // Of a task that this process launched, the tags are known.
      needsTags: run.launchedAtMs === null || run.labels[TAG.flowRunId] === undefined,
      signal: context.signal,
    });
    return watched.then((end) => this.#ended(run, context, output, end));
  }

  async #ended(run: FollowedRun, context: RunContext, output: FollowedOutput, end: ObservedEnd): Promise<WorkerEnd> {
    if (end.kind === 'vanished' && end.lastSeen === null && run.launchedAtMs === null) {
      throw new InfrastructureNotFound(
        run.identifier,
        'ECS does not know the task, or forgot it an hour after its end',
      );
    }
    const { containerName, links } = run;
    const { attempt, relaunch } = context;
    const about = { containerName, attemptStartedAtMs: attempt.startedAtMs, relaunch };
    const described = describeEnd(end, about, this.#stopReasons);
    const logTail = await output.finish(end, described.exitCode === 0);
    await this.#deregister(run, end, context.logger);
    this.#measure(described);
    const facts = Object.keys(links).length === 0 ? described.facts : { ...described.facts, links: { ...links } };
    return { ...described, facts, logTail };
  }

  #changed(
    run: FollowedRun,
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

  /** Deregisters a definition created for this run only. A failure is a warning, because the run has ended. */
  async #deregister(run: FollowedRun, end: ObservedEnd, logger: Logger): Promise<void> {
    const task = end.kind === 'stopped' ? end.task : end.lastSeen;
    const isTagged = run.deregisters || tagsOf(task?.tags)[TAG.deregister] === 'true';
    if (!isTagged || !task?.taskDefinitionArn) return;
    const { taskDefinitionArn } = task;
    try {
      await run.clients.ecs.deregisterTaskDefinition({ taskDefinition: taskDefinitionArn });
    } catch (error) {
      logger.warn('Deregistering the task definition of the run failed', { taskDefinitionArn, error });
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
