import type { Clock, Logger } from '@worker-host/core';
import { parseArn } from '../aws/arn.js';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsTask } from '../aws/ecs-api.js';
import type { EcsSettings } from '../ecs-settings.js';
import { BoundedMap } from '../utilities/bounded-map.js';
import type { ObservedLogLine, ObserverPorts } from './ecs-observer-ports.js';
import { type EcsEventMessage, parseEcsEventMessage } from './events/ecs-event-message.js';
import { TAG, type TaskTags, tagsOf, taskEvent } from './events/task-event.js';
import { logLocation } from './logs/log-location.js';
import { readLogTail } from './logs/read-log-tail.js';
import { decideOnStoppedTask, proposalForStartingTask } from './observer-decisions.js';

const KEPT_TAGS = 10_000;

/** Dependencies of the observer. */
export interface EcsObserverParts {
  /** Returns clients for a region; null: the observer's own. */
  clientsIn(region: string | null): Promise<AwsClients>;
  readonly ports: ObserverPorts;
  readonly settings: Pick<EcsSettings, 'forwardsCrashedRunLogs' | 'crashedRunLogLines'>;
  readonly prefectVersion: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Processes task events regardless of who launched the tasks, and reports them to the control plane, like Prefect's own
 * observer: events, InfrastructurePending, Crashed with a diagnosis, the tail of the output, and the removal of
 * definitions created for one run.
 */
export class EcsObserver {
  readonly #tags = new BoundedMap<string, TaskTags>(KEPT_TAGS);

  constructor(private readonly parts: EcsObserverParts) {}

  /**
   * Handles the body of one queue message. `acknowledge` false: a required action failed; the message must be handled
   * again.
   */
  async handle(body: string | null): Promise<{ readonly acknowledge: boolean }> {
    const message = parseEcsEventMessage(body);
    if (message.kind === 'unreadable') {
      this.parts.logger.warn('Ignoring a queue message that is not an event', { problem: message.problem, body });
    }
    if (message.kind !== 'task') return { acknowledge: true };
    const { detail } = message;
    try {
      const tags = await this.#tagsOf(detail);
      const deeds = await Promise.allSettled([this.#observe(message, tags), this.#deregister(detail, tags)]);
      const failures = deeds.flatMap((deed) => (deed.status === 'rejected' ? [deed.reason] : []));
      for (const error of failures) this.#warn('Handling a task event failed', detail, error);
      return { acknowledge: failures.length === 0 };
    } catch (error) {
      this.#warn('Reading the tags of a task failed', detail, error);
      return { acknowledge: false };
    }
  }

  async #tagsOf({ taskArn, clusterArn }: EcsTask): Promise<TaskTags> {
    if (!taskArn || !clusterArn) return {};
    const known = this.#tags.get(taskArn);
    if (known) return known;
    const { ecs } = await this.parts.clientsIn(regionOf(taskArn));
    const { tasks } = await ecs.describeTasks({ cluster: clusterArn, tasks: [taskArn], include: ['TAGS'] });
    const [task] = tasks;
    if (!task) return {};
    const tags = tagsOf(task.tags);
    this.#tags.set(taskArn, tags);
    return tags;
  }

  async #observe(message: EcsEventMessage & { readonly kind: 'task' }, tags: TaskTags): Promise<void> {
    const flowRunId = tags[TAG.flowRunId];
    const { detail } = message;
    if (!flowRunId || !detail.taskArn || !detail.lastStatus) return;
    if (message.id !== null) {
      await this.#emit(detail, tags, message.id, message.time);
      await this.#proposePending(detail, flowRunId);
    }
    if (detail.lastStatus === 'STOPPED') await this.#resolveStopped(detail, flowRunId);
  }

  async #emit(detail: EcsTask, tags: TaskTags, id: string, time: string | null): Promise<void> {
    const { ports, clock, prefectVersion } = this.parts;
    const { taskArn, lastStatus } = detail;
    if (!taskArn || !lastStatus) return;
    const occurred = time ?? new Date(clock.nowMs()).toISOString();
    try {
      await ports.emitEvent(
        taskEvent({ ...detail, taskArn, lastStatus }, tags, { id, occurred, prefectVersion, workerType: 'ecs' }),
      );
    } catch (error) {
      this.#warn('Sending the event of a task failed', detail, error);
    }
  }

  async #proposePending(detail: EcsTask, flowRunId: string): Promise<void> {
    if (detail.lastStatus !== 'PENDING' && detail.lastStatus !== 'PROVISIONING') return;
    const { ports } = this.parts;
    try {
      const proposal = proposalForStartingTask(detail, await ports.readFlowRun(flowRunId));
      if (proposal) await ports.proposeState(proposal);
    } catch (error) {
      this.#warn('Proposing InfrastructurePending failed', detail, error);
    }
  }

  async #resolveStopped(detail: EcsTask, flowRunId: string): Promise<void> {
    const { ports, settings } = this.parts;
    const decision = decideOnStoppedTask(detail, await ports.readFlowRun(flowRunId));
    if (decision.diagnosis) {
      const { kind, level, summary, detail: what, resolution } = decision.diagnosis;
      const message = [`${summary}: ${what}`, ...(resolution ? [`Resolution: ${resolution}`] : [])].join(' ');
      await ports.logRun([{ flowRunId, source: 'diagnosis', kind, level, message }]);
    }
    const answer = decision.proposal ? await ports.proposeState(decision.proposal) : 'accept';
    if (answer === 'accept' && decision.copiesLogs && settings.forwardsCrashedRunLogs) {
      await this.#copyLogs(detail, flowRunId, decision.logContainerName);
    }
  }

  /** Never fails: the run is reported with or without its output. */
  async #copyLogs(detail: EcsTask, flowRunId: string, containerName: string | null): Promise<void> {
    const { taskArn, taskDefinitionArn } = detail;
    if (!taskArn || !taskDefinitionArn) return;
    const { clientsIn, settings, ports } = this.parts;
    try {
      const { ecs } = await clientsIn(regionOf(taskDefinitionArn));
      const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: taskDefinitionArn });
      const location = logLocation(taskDefinition, containerName, taskArn);
      if (!location) return;
      const { logs } = await clientsIn(location.region);
      const messages = await readLogTail(logs, location, settings.crashedRunLogLines, null);
      const lines = messages.map(
        (message): ObservedLogLine => ({ flowRunId, source: 'container', kind: null, level: 'INFO', message }),
      );
      if (lines.length > 0) await ports.logRun(lines);
    } catch (error) {
      this.#warn('Copying the output of a task failed', detail, error);
    }
  }

  async #deregister({ lastStatus, taskDefinitionArn }: EcsTask, tags: TaskTags): Promise<void> {
    if (lastStatus !== 'STOPPED' || tags[TAG.deregister] !== 'true' || !taskDefinitionArn) return;
    const { ecs } = await this.parts.clientsIn(regionOf(taskDefinitionArn));
    await ecs.deregisterTaskDefinition({ taskDefinition: taskDefinitionArn });
  }

  #warn(message: string, { taskArn }: EcsTask, error: unknown): void {
    this.parts.logger.warn(message, { taskArn, error });
  }
}

function regionOf(arn: string): string | null {
  return parseArn(arn)?.region || null;
}
