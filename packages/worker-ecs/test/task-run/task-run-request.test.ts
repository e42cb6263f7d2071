import type { JsonObject, JsonValue } from '@worker-host/core';
import { expect } from 'chai';
import type { EcsLaunchData } from '../../src/ecs-launch-configuration.js';
import {
  orchestrationContainerName,
  prepareTaskRunRequest,
  type TaskRunSurroundings,
} from '../../src/task-run/task-run-request.js';
import { someLaunchData } from '../support/launch-data.js';

const DEFINITION = { containerDefinitions: [{ name: 'job' }] };

function requestOf(parts: Partial<EcsLaunchData> = {}, surroundings: Partial<TaskRunSurroundings> = {}): JsonObject {
  return prepareTaskRunRequest(someLaunchData(parts), {
    taskDefinition: DEFINITION,
    taskDefinitionArn: 'arn:definition',
    networkConfiguration: null,
    isNewlyRegistered: false,
    ...surroundings,
  });
}

function containersOf(parts: Partial<EcsLaunchData>, surroundings: Partial<TaskRunSurroundings> = {}) {
  return (requestOf(parts, surroundings).overrides as JsonObject).containerOverrides;
}

const withContainers = (...containerOverrides: readonly JsonObject[]): Partial<EcsLaunchData> => ({
  taskRunRequest: { overrides: { containerOverrides } },
});

describe('prepareTaskRunRequest', () => {
  it('contains definition and capacity, and overrides the main container', () => {
    expect(requestOf()).to.deep.equal({
      launchType: 'FARGATE',
      taskDefinition: 'arn:definition',
      overrides: { containerOverrides: [{ name: 'job', environment: [] }] },
      tags: [],
    });
  });

  it("contains the request's own cluster, otherwise that of the configuration, otherwise none", () => {
    expect(requestOf({ cluster: 'b', taskRunRequest: { cluster: 'a' } })).to.have.property('cluster', 'a');
    expect(requestOf({ cluster: 'b', taskRunRequest: { cluster: '' } })).to.have.property('cluster', 'b');
    expect(requestOf({ taskRunRequest: { cluster: '' } })).not.to.have.property('cluster');
  });

  it('uses the resolved network, otherwise keeps its own', () => {
    const own = { awsvpcConfiguration: { subnets: ['own'] } };
    const found = { awsvpcConfiguration: { subnets: ['found'] } };
    const taskRunRequest = { networkConfiguration: own };

    expect(requestOf({ taskRunRequest })).to.have.property('networkConfiguration', own);
    expect(requestOf({ taskRunRequest }, { networkConfiguration: found })).to.have.property(
      'networkConfiguration',
      found,
    );
  });

  it('replaces launch type and strategy by the intended capacity', () => {
    const request = requestOf({ taskRunRequest: { launchType: 'FARGATE_SPOT', capacityProviderStrategy: [] } });

    expect(request).not.to.have.property('launchType');
    expect(request.capacityProviderStrategy).to.deep.equal([{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]);
  });

  it('keeps other overrides, and names the first container without a name as the main one', () => {
    const overrides: JsonObject = { cpu: '256', containerOverrides: [{ cpu: 1 }, { name: 'log' }, 'no object'] };

    expect(requestOf({ taskRunRequest: { overrides } }).overrides).to.deep.equal({
      cpu: '256',
      containerOverrides: [
        { cpu: 1, name: 'job', environment: [] },
        { name: 'log', environment: [] },
      ],
    });
    expect(overrides.containerOverrides).to.deep.equal([{ cpu: 1 }, { name: 'log' }, 'no object']);
    expect(requestOf({ taskRunRequest: { overrides: 'text' } }).overrides).to.have.all.keys('containerOverrides');
    expect(containersOf(withContainers({ name: 'log' }))).to.deep.equal([
      { name: 'log', environment: [] },
      { name: 'job', environment: [] },
    ]);
  });

  it('splits commands that are texts, that of the configuration first', () => {
    const split = (command: string) => ['split', command];
    const parts = withContainers({ name: 'job', command: 'old' }, { name: 'log', command: 'log it' });

    expect(containersOf({ ...parts, command: 'run it' }, { split })).to.deep.equal([
      { name: 'job', command: ['split', 'run it'], environment: [] },
      { name: 'log', command: ['split', 'log it'], environment: [] },
    ]);
    expect(containersOf(withContainers({ name: 'job', command: ['as', 'is'] }), { split })).to.deep.equal([
      { name: 'job', command: ['as', 'is'], environment: [] },
    ]);
    expect(containersOf(withContainers({ name: 'job', command: "echo 'a b'" }))).to.deep.equal([
      { name: 'job', command: ['echo', 'a b'], environment: [] },
    ]);
  });

  it('reads variables from a list or an object, as texts, without null ones', () => {
    const expected = [
      { name: 'A', value: '1' },
      { name: 'B', value: 'True' },
    ];
    const listed: JsonValue = [
      { name: 'A', value: 1 },
      { name: 'B', value: true },
      { name: 'C', value: null },
      { name: 'D' },
      'no object',
      null,
    ];

    expect(containersOf(withContainers({ name: 'job', environment: { A: 1, B: true, C: null } }))).to.deep.equal([
      { name: 'job', environment: expected },
    ]);
    expect(containersOf(withContainers({ name: 'job', environment: listed }))).to.deep.equal([
      { name: 'job', environment: [...expected, { name: 'D' }, 'no object', null] },
    ]);
  });

  it('replaces variables of the main container by those of the configuration, and removes those set to null', () => {
    const environment: JsonValue = [
      { name: 'KEPT', value: 'a' },
      { name: 'OURS', value: 'a' },
      { name: 'GONE', value: 'a' },
      { value: 'nameless' },
    ];
    const parts = withContainers({ name: 'job', environment }, { name: 'log', environment });

    expect(containersOf({ ...parts, env: { OURS: 'b', NEW: 'c', GONE: null } })).to.deep.equal([
      {
        name: 'job',
        environment: [
          { name: 'KEPT', value: 'a' },
          { value: 'nameless' },
          { name: 'OURS', value: 'b' },
          { name: 'NEW', value: 'c' },
        ],
      },
      { name: 'log', environment },
    ]);
  });
});

describe('the tags of a request', () => {
  it("come from a list or an object, and the configuration's labels replace them", () => {
    const labels = { team: 'ours', 'cost centre': '1' };
    const listed: JsonValue = [
      { key: 'team', value: 'a' },
      { key: 'keep', value: 1 },
      { key: 'alone' },
      { value: 'keyless' },
      'x',
      null,
    ];

    expect(requestOf({ labels, taskRunRequest: { tags: listed } }).tags).to.deep.equal([
      { key: 'keep', value: '1' },
      { key: 'alone' },
      { key: 'team', value: 'ours' },
      { key: 'cost-centre', value: '1' },
    ]);
    expect(requestOf({ taskRunRequest: { tags: { team: 'a b', none: null, '--': 'x' } } }).tags).to.deep.equal([
      { key: 'team', value: 'a-b' },
    ]);
  });

  it('mark a definition that is deregistered with the run, if it was registered for it', () => {
    const tag = { key: 'prefect.io/degregister-task-definition', value: 'true' };
    const parts = { autoDeregisterTaskDefinition: true };

    expect(requestOf(parts, { isNewlyRegistered: true }).tags).to.deep.equal([tag]);
    expect(requestOf(parts).tags).to.deep.equal([]);
    expect(requestOf({}, { isNewlyRegistered: true }).tags).to.deep.equal([]);
  });

  it('are truncated to what AWS accepts only if the worker added them', () => {
    const labels = { ours: 'x'.repeat(300), theirs: 'y'.repeat(300) };
    const { tags } = requestOf({ labels, labelsOfWorker: new Set(['ours']) });

    expect(tags).to.deep.equal([
      { key: 'ours', value: 'x'.repeat(256) },
      { key: 'theirs', value: 'y'.repeat(300) },
    ]);
  });
});

describe('orchestrationContainerName', () => {
  it('is the configured name, otherwise that of the main container, otherwise prefect', () => {
    expect(orchestrationContainerName(someLaunchData({ containerName: 'mine' }), DEFINITION)).to.equal('mine');
    expect(orchestrationContainerName(someLaunchData(), DEFINITION)).to.equal('job');
    expect(orchestrationContainerName(someLaunchData(), {})).to.equal('prefect');
  });
});
