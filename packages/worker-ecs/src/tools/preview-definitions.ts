import type { JsonObject } from '@worker-host/core';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsTaskDefinition, TaskDefinitionAnswer } from '../aws/ecs-api.js';
import type { EcsDefinitionResolver } from '../ecs-parts.js';
import { differingKeys } from '../task-definition/compare-task-definitions.js';
import type { ResolvedTaskDefinition, ResolveOptions } from '../task-definition/task-definition-resolver.js';

/** Records the definition that a launch would register, without registering it. */
export class PreviewDefinitions implements EcsDefinitionResolver {
  /** Null: the request names a definition. */
  proposed: JsonObject | null = null;
  /** The family's latest active revision. Null: there is none, or it was not read. */
  latest: EcsTaskDefinition | null = null;
  /** False: a launch uses the latest revision unchanged. */
  registers = true;

  /** @param inner reads definitions. Null: none is read. */
  constructor(private readonly inner: EcsDefinitionResolver | null) {}

  async resolveLinked(name: string, clients: AwsClients, options: ResolveOptions): Promise<ResolvedTaskDefinition> {
    if (this.inner !== null) return this.inner.resolveLinked(name, clients, options);
    return { arn: name, definition: {}, isNewlyRegistered: false };
  }

  async resolve(prepared: JsonObject, clients: AwsClients, options: ResolveOptions): Promise<ResolvedTaskDefinition> {
    this.proposed = prepared;
    const family = String(prepared.family);
    if (this.inner === null) return { arn: family, definition: prepared, isNewlyRegistered: true };
    const answer = await latestOf(family, clients);
    this.latest = answer === null ? null : withTags(answer);
    const isReused = this.latest !== null && !(options.isShortLived && !options.matchLatestRevision);
    this.registers = !isReused || differingKeys(prepared, this.latest ?? {}).length > 0;
    if (!this.registers && answer !== null) {
      const arn = String(answer.taskDefinition.taskDefinitionArn);
      return { arn, definition: answer.taskDefinition, isNewlyRegistered: false };
    }
    const revision = Number(this.latest?.revision ?? 0) + 1;
    return { arn: `${family}:${revision}`, definition: prepared, isNewlyRegistered: true };
  }
}

async function latestOf(family: string, { ecs }: AwsClients): Promise<TaskDefinitionAnswer | null> {
  try {
    const answer = await ecs.describeTaskDefinition({ taskDefinition: family, include: ['TAGS'] });
    return answer.taskDefinition.status === 'ACTIVE' ? answer : null;
  } catch (error) {
    // The error of ECS for an unknown family.
    if (error instanceof Error && error.name === 'ClientException') return null;
    throw error;
  }
}

function withTags({ taskDefinition, tags }: TaskDefinitionAnswer): EcsTaskDefinition {
  return tags.length > 0
    ? { ...taskDefinition, tags: tags.map((tag) => ({ ...tag })) as JsonObject[] }
    : taskDefinition;
}
