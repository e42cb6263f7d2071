import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import {
  type DecidedTaskRun,
  warnOfDroppedLaunchType,
  warnOfPlan,
  warnOfSkippedDefinition,
} from '../../src/task-run/task-run-warnings.js';
import { RememberingLogger } from '../support/builders.js';
import { someLaunchData } from '../support/launch-data.js';

/** Warnings: the first words of each message, and its fields. */
function warnings(act: (logger: RememberingLogger) => void) {
  const logger = new RememberingLogger();
  act(logger);
  expect(logger.lines.every(({ level }) => level === 'warn')).to.equal(true);
  return logger.lines.map(({ message, fields }) => [message, fields] as const);
}

function ofPlan(parts: Partial<DecidedTaskRun> = {}) {
  const run = {
    configuration: someLaunchData(),
    request: { launchType: 'FARGATE', overrides: {} },
    definition: { networkMode: 'awsvpc', cpu: '256' },
    isLinked: false,
    leftOut: [],
    ...parts,
  };
  return warnings((logger) => warnOfPlan(run, logger)).map(([, fields]) => fields);
}

/** An object whose JSON has this number of bytes. */
const ofBytes = (bytes: number): JsonObject => ({ text: 'é'.repeat((bytes - '{"text":""}'.length) / 2) });

describe('warnOfPlan', () => {
  it('logs nothing for a plan that is launched as written', () => {
    expect(ofPlan()).to.deep.equal([]);
  });

  it('lists members of the definition that only AWS writes', () => {
    expect(ofPlan({ leftOut: ['revision', 'status'] })).to.deep.equal([{ members: 'revision, status' }]);
  });

  it('warns of overrides and of a new definition with more bytes than AWS may accept', () => {
    const definition = { ...ofBytes(65_537), networkMode: undefined } as unknown as JsonObject;

    expect(ofPlan({ request: { overrides: ofBytes(8_193) } })).to.deep.equal([
      { what: 'overrides', bytes: 8_193, most: 8_192 },
    ]);
    expect(ofPlan({ request: { overrides: ofBytes(8_191) } })).to.deep.equal([]);
    expect(ofPlan({ definition })).to.deep.equal([{ what: 'task definition', bytes: 65_537, most: 65_536 }]);
    expect(ofPlan({ definition, isLinked: true })).to.deep.equal([]);
    expect(ofPlan({ request: {} })).to.deep.equal([]);
  });

  it('warns of an unknown CPU on Fargate, the overriding one first', () => {
    const unknown = { networkMode: 'awsvpc', cpu: '300' };

    expect(ofPlan({ definition: unknown })).to.deep.equal([{ cpu: '300' }]);
    expect(ofPlan({ definition: unknown, request: { launchType: 'EC2' } })).to.deep.equal([]);
    expect(
      ofPlan({ definition: unknown, request: { launchType: 'FARGATE', overrides: { cpu: '512' } } }),
    ).to.deep.equal([]);
    expect(ofPlan({ request: { launchType: 'FARGATE', overrides: { cpu: '301' } } })).to.deep.equal([{ cpu: '301' }]);
    expect(ofPlan({ definition: { networkMode: 'awsvpc' } })).to.deep.equal([]);
  });

  it('warns of a network without an effect', () => {
    const configuration = someLaunchData({ networkConfiguration: { subnets: ['subnet-1'] } });

    expect(ofPlan({ configuration })).to.deep.equal([]);
    expect(ofPlan({ configuration, definition: {} })).to.deep.equal([{ networkMode: 'bridge' }]);
    expect(ofPlan({ configuration, definition: { networkMode: 'host' } })).to.deep.equal([{ networkMode: 'host' }]);
    expect(ofPlan({ definition: { networkMode: 'host' } })).to.deep.equal([]);
  });

  it('warns of a family that is registered under another name', () => {
    const configuration = someLaunchData({ taskDefinition: { family: 'my jobs' } });
    const definition = { networkMode: 'awsvpc', family: 'my-jobs' };

    expect(ofPlan({ configuration, definition })).to.deep.equal([{ written: 'my jobs', family: 'my-jobs' }]);
    expect(ofPlan({ configuration, definition, isLinked: true })).to.deep.equal([]);
    expect(ofPlan({ definition })).to.deep.equal([]);
    expect(
      ofPlan({ configuration: someLaunchData({ taskDefinition: { family: 'my-jobs' } }), definition }),
    ).to.deep.equal([]);
  });
});

describe('warnOfSkippedDefinition', () => {
  const of = (task_definition: JsonObject | undefined, taskDefinition: JsonObject = { family: 'x' }) => {
    const template = (task_definition === undefined ? null : { task_definition }) as never;
    return warnings((logger) => warnOfSkippedDefinition(someLaunchData({ taskDefinition, template }), logger));
  };

  it('reports that the definition is ignored, and once which variables have no effect, in order', () => {
    const [skipped, ignored, ...more] = of({ family: '{{ team }}-{{ name }}', cpu: '{{ cpu }}', memory: '{{ team }}' });

    expect(skipped?.[0]).to.include('is ignored');
    expect(ignored?.[1]).to.deep.equal({ ignored: 'cpu, name, team' });
    expect(more).to.deep.equal([]);
    expect(of({ family: 'x' })).to.have.length(1);
    expect(of(undefined)).to.have.length(1);
  });

  it('logs nothing if there is no definition to ignore', () => {
    expect(of({ family: '{{ team }}' }, {})).to.deep.equal([]);
  });
});

describe('warnOfDroppedLaunchType', () => {
  const of = (taskRunRequest: JsonObject) =>
    warnings((logger) => warnOfDroppedLaunchType(someLaunchData({ taskRunRequest }), logger)).map(
      ([, fields]) => fields,
    );
  const capacityProviderStrategy = [{ capacityProvider: 'mine' }];

  it('warns of a launch type that a strategy replaces, unless both are Managed Instances', () => {
    expect(of({ launchType: 'EC2', capacityProviderStrategy })).to.deep.equal([{ launchType: 'EC2' }]);
    expect(of({ launchType: 'MANAGED_INSTANCES', capacityProviderStrategy })).to.deep.equal([]);
    expect(of({ launchType: 'EC2', capacityProviderStrategy: [] })).to.deep.equal([]);
    expect(of({ launchType: 'EC2' })).to.deep.equal([]);
    expect(of({ capacityProviderStrategy })).to.deep.equal([]);
  });
});
