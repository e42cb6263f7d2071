import { type Clock, isJsonObject, type JsonValue } from '@worker-host/core';
import type {
  AwsCallOptions,
  DescribeTasksInput,
  EcsApi,
  EcsFailure,
  EcsTask,
  ListTasksAnswer,
  ListTasksInput,
  RegisterTaskDefinitionInput,
  RunTaskAnswer,
  RunTaskInput,
  StopTaskInput,
  TaskDefinitionAnswer,
} from '../ecs-api.js';
import type { BucketName } from './account-budgets.js';
import type { ClientBudgets } from './client-budgets.js';
import { patientCall } from './patient-call.js';

/**
 * Amazon ECS within AWS's rate limits. Idempotent calls are retried after throttling and lost responses; RunTask and
 * RegisterTaskDefinition are not: their callers decide.
 */
export class BudgetedEcsApi implements EcsApi {
  constructor(
    private readonly inner: EcsApi,
    private readonly budgets: ClientBudgets,
    private readonly clock: Clock,
  ) {}

  async registerTaskDefinition(
    input: RegisterTaskDefinitionInput,
    options?: AwsCallOptions,
  ): Promise<TaskDefinitionAnswer> {
    const answer = await this.budgets.call(['definitionModify'], 'launch', options, () =>
      this.inner.registerTaskDefinition(input, options),
    );
    const arn = answer.taskDefinition.taskDefinitionArn;
    this.budgets.learn(typeof arn === 'string' ? arn : undefined);
    return answer;
  }

  describeTaskDefinition(
    input: { readonly taskDefinition: string; readonly include?: readonly 'TAGS'[] },
    options?: AwsCallOptions,
  ): Promise<TaskDefinitionAnswer> {
    return patientCall(this.clock, options?.signal, () =>
      this.budgets.call(['definitionRead'], 'launch', options, () => this.inner.describeTaskDefinition(input, options)),
    );
  }

  deregisterTaskDefinition(input: { readonly taskDefinition: string }, options?: AwsCallOptions): Promise<void> {
    return patientCall(this.clock, options?.signal, () =>
      this.budgets.call(['definitionModify'], 'watch', options, () =>
        this.inner.deregisterTaskDefinition(input, options),
      ),
    );
  }

  async runTask(input: RunTaskInput, options?: AwsCallOptions): Promise<RunTaskAnswer> {
    const answer = await this.budgets.call(bucketsOfLaunch(input), 'launch', options, () =>
      this.inner.runTask(input, options),
    );
    this.budgets.learn(answer.tasks[0]?.taskArn);
    return answer;
  }

  async describeTasks(
    input: DescribeTasksInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly tasks: readonly EcsTask[]; readonly failures: readonly EcsFailure[] }> {
    const answer = await patientCall(this.clock, options?.signal, () =>
      this.budgets.call(['clusterRead'], 'watch', options, () => this.inner.describeTasks(input, options)),
    );
    this.budgets.learn(answer.tasks[0]?.taskArn);
    return answer;
  }

  listTasks(input: ListTasksInput, options?: AwsCallOptions): Promise<ListTasksAnswer> {
    return patientCall(this.clock, options?.signal, () =>
      this.budgets.call(['clusterRead'], 'watch', options, () => this.inner.listTasks(input, options)),
    );
  }

  stopTask(input: StopTaskInput, options?: AwsCallOptions): Promise<EcsTask | null> {
    return patientCall(this.clock, options?.signal, () =>
      this.budgets.call(['clusterModify'], 'stop', options, () => this.inner.stopTask(input, options)),
    );
  }
}

/** Returns the budgets that a launch uses. A cluster's default strategy can be Fargate, so it counts as Fargate. */
function bucketsOfLaunch({ launchType, capacityProviderStrategy }: RunTaskInput): readonly BucketName[] {
  const providers = Array.isArray(capacityProviderStrategy)
    ? capacityProviderStrategy.map((item: JsonValue) => (isJsonObject(item) ? item.capacityProvider : null))
    : [];
  const isPlaced = providers.length > 0 || typeof launchType === 'string';
  const isOnDemand = launchType === 'FARGATE' || providers.includes('FARGATE') || !isPlaced;
  const isOnSpot = providers.includes('FARGATE_SPOT');
  // The scarcest first: a call that waits for it must not hold tokens that stops and other launches need.
  return [
    ...(isOnDemand ? (['fargateTasks'] as const) : []),
    ...(isOnSpot ? (['fargateSpotTasks'] as const) : []),
    ...(isOnDemand || isOnSpot ? (['fargateLaunch'] as const) : []),
    'clusterModify',
  ];
}
