import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import { AwsFault } from './aws-fault.js';

const ACCOUNT = '123456789012';
const EMPTY_LISTS = ['portMappings', 'environment', 'mountPoints', 'volumesFrom', 'systemControls'];

/** The task definitions of the fake AWS, with ECS's defaults. */
export class TaskDefinitionStore {
  #definitions: JsonObject[];

  constructor(definitions: readonly JsonObject[]) {
    this.#definitions = [...definitions];
  }

  register(params: JsonObject, region: string): JsonObject {
    const { tags: _tags, ...kept } = params;
    const family = String(params.family);
    const revision = 1 + Math.max(0, ...this.#ofFamily(family).map((one) => Number(one.revision)));
    const containers: readonly JsonValue[] = Array.isArray(kept.containerDefinitions) ? kept.containerDefinitions : [];
    const definition: JsonObject = {
      ...kept,
      containerDefinitions: containers.map((container) => (isJsonObject(container) ? filledIn(container) : container)),
      volumes: kept.volumes ?? [],
      placementConstraints: kept.placementConstraints ?? [],
      taskDefinitionArn: `arn:aws:ecs:${region}:${ACCOUNT}:task-definition/${family}:${revision}`,
      revision,
      status: 'ACTIVE',
      requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' }],
      compatibilities: ['EC2', 'FARGATE'],
      registeredAt: '2026-01-01T00:00:00Z',
      registeredBy: `arn:aws:iam::${ACCOUNT}:user/worker`,
    };
    this.#definitions.push(definition);
    return definition;
  }

  /** By ARN, `family:revision`, or family for its highest ACTIVE revision. @throws AwsFault */
  find(name: string): JsonObject {
    const found = this.#named(name);
    if (!found) throw new AwsFault('ClientException', 'Unable to describe task definition.');
    return found;
  }

  has(name: string): boolean {
    return this.#named(name) !== undefined;
  }

  #named(name: string): JsonObject | undefined {
    const exact = this.#definitions.find(
      ({ taskDefinitionArn, family, revision }) => taskDefinitionArn === name || `${family}:${revision}` === name,
    );
    const latest = this.#ofFamily(name)
      .filter(({ status }) => status === 'ACTIVE')
      .sort((a, b) => Number(b.revision) - Number(a.revision))[0];
    return exact ?? latest;
  }

  /** @throws AwsFault */
  deactivate(name: string): JsonObject {
    const inactive = { ...this.find(name), status: 'INACTIVE' };
    const { taskDefinitionArn } = inactive as JsonObject;
    this.#definitions = this.#definitions.map((one) => (one.taskDefinitionArn === taskDefinitionArn ? inactive : one));
    return inactive;
  }

  #ofFamily(family: string): JsonObject[] {
    return this.#definitions.filter((definition) => definition.family === family);
  }
}

function filledIn(container: JsonObject): JsonObject {
  const lists = Object.fromEntries(EMPTY_LISTS.map((name) => [name, []]));
  return { cpu: 0, essential: true, ...lists, ...container };
}
