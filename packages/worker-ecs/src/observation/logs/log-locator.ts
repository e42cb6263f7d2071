import { inject, injectable } from 'tsyringe';
import { taskIdOf } from '../../aws/arn.js';
import type { AwsClients } from '../../aws/aws-clients.js';
import type { EcsTaskDefinition } from '../../aws/ecs-api.js';
import type { EcsSettings } from '../../ecs-settings.js';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { BoundedMap } from '../../utilities/bounded-map.js';
import { type LogLocation, logLocation, outputElsewhere } from './log-location.js';

const KEPT_DEFINITIONS = 500;

/** A task whose output is located. */
export interface TaskWithOutput {
  readonly clients: Pick<AwsClients, 'ecs'>;
  readonly taskArn: string;
  readonly containerName: string | null;
  /** Null: it is described first. */
  readonly definition: EcsTaskDefinition | null;
  readonly taskDefinitionArn: string | null;
  readonly signal: AbortSignal;
}

/** Locates the output of a task: according to its definition, else according to the settings of the worker. */
@injectable()
export class LogLocator {
  readonly #definitions = new BoundedMap<string, EcsTaskDefinition>(KEPT_DEFINITIONS);

  constructor(
    @inject(ECS_TOKENS.Settings)
    private readonly settings: Pick<EcsSettings, 'fallbackLogGroup' | 'fallbackLogStreamPrefix'>,
  ) {}

  /** Location in CloudWatch Logs; `elsewhere` describes where the output goes instead. */
  async locate(task: TaskWithOutput): Promise<LogLocation | { readonly elsewhere: string }> {
    const definition = task.definition ?? (await this.#describe(task));
    const told = definition ? logLocation(definition, task.containerName, task.taskArn) : null;
    const location = told ?? this.#fallback(task.containerName, task.taskArn);
    if (location !== null) return location;
    return {
      elsewhere: definition
        ? outputElsewhere(definition, task.containerName)
        : 'goes to an unknown place: reading the task definition failed',
    };
  }

  async #describe(task: {
    readonly clients: Pick<AwsClients, 'ecs'>;
    readonly taskDefinitionArn: string | null;
    readonly signal: AbortSignal;
  }): Promise<EcsTaskDefinition | null> {
    const arn = task.taskDefinitionArn;
    if (arn === null) return null;
    const known = this.#definitions.get(arn);
    if (known) return known;
    const options = { signal: task.signal, priority: 'watch' } as const;
    const { taskDefinition } = await task.clients.ecs.describeTaskDefinition({ taskDefinition: arn }, options);
    this.#definitions.set(arn, taskDefinition);
    return taskDefinition;
  }

  #fallback(containerName: string | null, taskArn: string): LogLocation | null {
    const { fallbackLogGroup: group, fallbackLogStreamPrefix: prefix } = this.settings;
    if (group === null || prefix === null) return null;
    return { group, stream: `${prefix}/${containerName ?? 'prefect'}/${taskIdOf(taskArn)}`, region: null };
  }
}
