import type { JsonObject, JsonValue } from '@worker-host/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { differingKeys, taskDefinitionsEqual } from '../../src/task-definition/compare-task-definitions.js';

const name = fc.constantFrom('a', 'b', 'c', 'd');
const pairs = (member: string) =>
  fc.uniqueArray(fc.record({ name, [member]: fc.string({ minLength: 1 }) }), { selector: (pair) => pair.name });
const aContainer = fc.record(
  {
    name,
    image: fc.constantFrom('img:1', 'img:2'),
    cpu: fc.constantFrom(0, 256),
    essential: fc.boolean(),
    command: fc.array(fc.string(), { maxLength: 2 }),
    environment: pairs('value'),
    secrets: pairs('valueFrom'),
    environmentFiles: fc.uniqueArray(fc.record({ value: fc.constantFrom('arn:1', 'arn:2'), type: fc.constant('s3') }), {
      selector: (file) => file.value,
    }),
  },
  { requiredKeys: ['name', 'image'] },
);
const aDefinition = fc.record(
  {
    family: fc.constantFrom('f', 'g'),
    cpu: fc.constantFrom('256', '512'),
    networkMode: fc.constantFrom('awsvpc', 'bridge'),
    requiresCompatibilities: fc.subarray(['FARGATE', 'EC2']),
    volumes: fc.array(fc.record({ name }), { maxLength: 2 }),
    containerDefinitions: fc.uniqueArray(aContainer, { selector: (container) => container.name, minLength: 1 }),
  },
  { requiredKeys: ['family', 'containerDefinitions'] },
) as fc.Arbitrary<JsonObject>;

/** Returns the definition as ECS describes it after registration. */
function asRegistered(definition: JsonObject): JsonObject {
  const lists = { portMappings: [], environment: [], mountPoints: [], volumesFrom: [], systemControls: [] };
  return {
    networkMode: 'bridge',
    volumes: [],
    placementConstraints: [],
    ...definition,
    containerDefinitions: containersOf(definition).map((container) => ({
      cpu: 0,
      essential: true,
      ...lists,
      ...container,
    })),
    taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/f:7',
    revision: 7,
    status: 'ACTIVE',
    compatibilities: ['EC2', 'FARGATE'],
    requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.task-eni' }],
    registeredAt: '2026-01-01T00:00:00Z',
    registeredBy: 'arn:aws:iam::123456789012:role/worker',
  };
}

function containersOf({ containerDefinitions }: JsonObject): readonly JsonObject[] {
  return containerDefinitions as readonly JsonObject[];
}

/** Reverses keys, and lists without a meaningful order. */
function reordered(definition: JsonObject): JsonObject {
  const reversed = (object: JsonObject): JsonObject => Object.fromEntries(Object.entries(object).reverse());
  const containerDefinitions = containersOf(definition).map((container) => {
    const own: Record<string, JsonValue> = {};
    for (const [key, value] of Object.entries(reversed(container))) {
      const isUnordered = ['environment', 'secrets', 'environmentFiles'].includes(key);
      own[key] = isUnordered && Array.isArray(value) ? [...value].reverse() : value;
    }
    return own;
  });
  return reversed({ ...definition, containerDefinitions });
}

describe('taskDefinitionsEqual', () => {
  it('treats a definition as equal after ECS has added defaults and reordered lists', () => {
    fc.assert(
      fc.property(aDefinition, (definition) => {
        const described = asRegistered(reordered(definition));
        expect(differingKeys(definition, described)).to.deep.equal([]);
        expect(taskDefinitionsEqual(definition, described)).to.equal(true);
        expect(taskDefinitionsEqual(described, definition)).to.equal(true);
      }),
    );
  });

  it('detects every change of what a task does, with or without defaults', () => {
    const change = fc.constantFrom<readonly [string, (definition: JsonObject) => JsonObject]>(
      ['family', (definition) => ({ ...definition, family: 'other' })],
      ['networkMode', (definition) => ({ ...definition, networkMode: 'host' })],
      ['taskRoleArn', (definition) => ({ ...definition, taskRoleArn: 'arn:role' })],
      ['containerDefinitions', (definition) => withContainer(definition, { image: 'other' })],
      ['containerDefinitions', (definition) => withContainer(definition, { environment: [{ name: 'e', value: '' }] })],
      ['containerDefinitions', (definition) => withContainer(definition, { command: ['other', 'order'] })],
    );
    fc.assert(
      fc.property(aDefinition, change, (definition, [key, changed]) => {
        expect(differingKeys(changed(definition), asRegistered(definition))).to.deep.equal([key]);
        expect(taskDefinitionsEqual(changed(definition), asRegistered(definition))).to.equal(false);
      }),
    );
  });
});

function withContainer(definition: JsonObject, members: JsonObject): JsonObject {
  const [first = {}, ...others] = containersOf(definition);
  return { ...definition, containerDefinitions: [{ ...first, ...members }, ...others] };
}
