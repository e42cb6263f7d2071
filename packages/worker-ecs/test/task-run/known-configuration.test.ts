import { type JsonObject, parseJson } from '@worker-host/core';
import { expect } from 'chai';
import type { EcsLaunchData } from '../../src/ecs-launch-configuration.js';
import { findLaterProblems } from '../../src/task-run/find-later-problems.js';
import {
  findMissing,
  knownConfiguration,
  knownNetwork,
  linkedDefinition,
} from '../../src/task-run/known-configuration.js';
import { someLaunchData } from '../support/launch-data.js';

const DEFINITION = { family: 'etl', containerDefinitions: [{ name: 'prefect', image: 'i' }] };

function known(parts: Partial<EcsLaunchData>) {
  const { configuration, problems, leftOut } = knownConfiguration(someLaunchData(parts));
  return { ...configuration, paths: problems.map(({ path }) => path), leftOut };
}

describe('knownConfiguration', () => {
  it("converts definition and request to AWS's types", () => {
    const taskDefinition = { ...DEFINITION, placementConstraints: [], volumes: null };
    const read = known({ taskDefinition, taskRunRequest: { count: '1', enableExecuteCommand: 'true' } });

    expect(read.paths).to.deep.equal([]);
    expect(read.taskRunRequest).to.deep.equal({ count: 1, enableExecuteCommand: true });
    expect(read.taskDefinition).to.deep.include(DEFINITION);
  });

  it('accepts empty values in a definition, which are dropped, and not in a request', () => {
    expect(known({ taskDefinition: { cpu: '', tags: '', containerDefinitions: [] } }).paths).to.deep.equal([]);
    expect(known({ taskRunRequest: { tags: '' } }).paths).to.deep.equal(['task_run_request.tags']);
  });

  it('accepts other forms that the request may have, and nothing else in their place', () => {
    const overrides = (container: JsonObject) => ({ overrides: { containerOverrides: [container] } });

    for (const good of [
      overrides({ command: 'echo hi', environment: { A: 1 } }),
      overrides({ command: ['echo'], environment: [{ name: 'A', value: null }] }),
      { tags: { team: 'a' } },
      { tags: [{ key: 'team', value: null }] },
    ]) {
      expect(known({ taskRunRequest: good }).paths, JSON.stringify(good)).to.deep.equal([]);
    }
    const inContainer = 'task_run_request.overrides.containerOverrides[0]';
    expect(known({ taskRunRequest: overrides({ command: {} }) }).paths).to.deep.equal([`${inContainer}.command`]);
    expect(known({ taskRunRequest: overrides({ environment: 'A' }) }).paths).to.deep.equal([
      `${inContainer}.environment`,
    ]);
    expect(known({ taskRunRequest: overrides({ environment: [{ name: 'A', value: {} }] }) }).paths).to.deep.equal([
      `${inContainer}.environment[0].value`,
    ]);
    expect(known({ taskRunRequest: { tags: 'team' } }).paths).to.deep.equal(['task_run_request.tags']);
    expect(known({ taskRunRequest: { tags: [{ key: 'a', value: {} }] } }).paths).to.deep.equal([
      'task_run_request.tags[0].value',
    ]);
  });

  it('omits members that only AWS writes, if they have a value', () => {
    const taskDefinition = { ...DEFINITION, revision: 3, status: '', registeredBy: null };

    const read = known({ taskDefinition });

    expect(read.leftOut).to.deep.equal(['revision']);
    expect(read.taskDefinition).not.to.have.any.keys('revision', 'status', 'registeredBy');
    expect(read.paths).to.deep.equal([]);
  });

  it('does not read a definition that the request replaces', () => {
    const taskDefinition = { ...DEFINITION, revision: 3, nonsense: 1 };

    const read = known({ taskDefinition, taskRunRequest: { taskDefinition: 'etl:3' } });

    expect(read.paths).to.deep.equal([]);
    expect(read.leftOut).to.deep.equal([]);
    expect(read.taskDefinition).to.equal(taskDefinition);
  });

  it('names a problem by the job variable, once for all its occurrences', () => {
    const template = {
      task_definition: { nonsense: '{{ mine }}', containerDefinitions: [{ silly: '{{ mine }}' }] },
      task_run_request: { count: '{{ count }}' },
    };

    const { paths } = known({
      template,
      taskDefinition: { ...DEFINITION, nonsense: 1 },
      taskRunRequest: { count: 'many' },
    });

    expect(paths).to.deep.equal(['mine', 'count']);
  });
});

describe('linkedDefinition', () => {
  it('is the definition that the request names', () => {
    const of = (taskRunRequest: JsonObject) => linkedDefinition(someLaunchData({ taskRunRequest }));

    expect([
      of({ taskDefinition: 'etl:3' }),
      of({ taskDefinition: '' }),
      of({ taskDefinition: 1 }),
      of({}),
    ]).to.deep.equal(['etl:3', null, null, null]);
  });
});

describe('knownNetwork', () => {
  it('reads the network, and names problems by the job variable', () => {
    const template = { network_configuration: { subnets: '{{ subnets }}' } };
    const of = (networkConfiguration: JsonObject) => knownNetwork(someLaunchData({ networkConfiguration, template }));

    expect(of({ subnets: ['subnet-1'] })).to.deep.equal({ value: { subnets: ['subnet-1'] }, problems: [] });
    expect(of({ subnets: {} }).problems.map(({ path }) => path)).to.deep.equal(['subnets']);
    expect(of({ securityGroups: '' }).problems).to.have.length(1);
  });
});

describe('findMissing', () => {
  const pathsOf = (parts: Partial<EcsLaunchData>, definition: JsonObject | null, request: JsonObject) =>
    findMissing(someLaunchData(parts), definition, request).map(({ path }) => path);
  const REQUEST = { taskDefinition: 'arn' };

  it('reports what definition and request lack, and nothing about a registered definition', () => {
    expect(pathsOf({}, DEFINITION, REQUEST)).to.deep.equal([]);
    expect(pathsOf({}, { family: 'etl' }, {})).to.deep.equal([
      'task_definition.containerDefinitions',
      'task_run_request.taskDefinition',
    ]);
    expect(pathsOf({}, null, REQUEST)).to.deep.equal([]);
  });

  it('names the network by where it was written', () => {
    const template = { network_configuration: { securityGroups: '{{ groups }}' } };
    const request = { ...REQUEST, networkConfiguration: { awsvpcConfiguration: {} } };
    const networkConfiguration = { securityGroups: ['sg-1'] };

    expect(pathsOf({ networkConfiguration, template }, null, request)).to.deep.equal(['network_configuration.subnets']);
    expect(pathsOf({ template }, null, request)).to.deep.equal([
      'task_run_request.networkConfiguration.awsvpcConfiguration.subnets',
    ]);
  });

  it('names other parts of the request unchanged, whatever the network is', () => {
    const request = {
      ...REQUEST,
      overrides: { inferenceAcceleratorOverrides: [], containerOverrides: [{ environmentFiles: [{}] }] },
    };
    const paths = pathsOf({ networkConfiguration: { subnets: ['subnet-1'] } }, null, request);

    expect(paths.length).to.be.greaterThan(0);
    for (const path of paths)
      expect(path).to.match(/^task_run_request\.overrides\.containerOverrides\[0\]\.environmentFiles\[0\]\./);
  });

  it('names a variable once that is missing in several places', () => {
    const template = { task_definition: { containerDefinitions: '{{ containers }}' } };
    const environmentFiles = [{}, {}];
    const paths = pathsOf(
      { template },
      { ...DEFINITION, containerDefinitions: [{ name: 'a', environmentFiles }] },
      REQUEST,
    );

    expect(new Set(paths).size).to.equal(paths.length);
  });
});

describe('a pasted response of DescribeTaskDefinition', () => {
  it('belongs one level up, with all its members', () => {
    const taskDefinition = {
      taskDefinition: { ...DEFINITION, revision: 5, status: 'ACTIVE', cpu: '256', memory: '512' },
    };
    const [problem, ...others] = knownConfiguration(someLaunchData({ taskDefinition })).problems;

    expect(problem).to.include({
      path: 'task_definition.taskDefinition',
      suggestion: 'all that is in it in task_definition itself',
    });
    expect(others).to.deep.equal([]);
  });
});

describe('findLaterProblems', () => {
  const problem = (path: string) => ({ path, expected: 'x', found: 'y', suggestion: null });
  const pathsOf = (parts: Partial<EcsLaunchData>, ...found: readonly string[]) =>
    findLaterProblems(someLaunchData({ taskDefinition: DEFINITION, ...parts }), found.map(problem)).map(
      ({ path }) => path,
    );
  const twice = { taskRunRequest: { count: 2 } };

  it('does not report an invalid part as missing', () => {
    const limit = parseJson('9223372036854775807');
    const ulimits = [{ name: 'memlock', softLimit: limit, hardLimit: -1 }];

    expect(
      pathsOf({ taskDefinition: { ...DEFINITION, containerDefinitions: [{ name: 'a', ulimits }] } }),
    ).to.deep.equal(['task_definition.containerDefinitions[0].ulimits[0].softLimit']);
  });

  it('finds what AWS would reject of all parts together', () => {
    expect(pathsOf({})).to.deep.equal([]);
    expect(
      pathsOf({
        command: "echo 'open",
        networkConfiguration: { subnets: {} },
        taskRunRequest: { count: 2, nonsense: 1 },
        taskDefinition: { ...DEFINITION, silly: 1 },
      }),
    ).to.include.members([
      'command',
      'task_definition.silly',
      'task_run_request.nonsense',
      'network_configuration.subnets',
      'task_run_request.count',
    ]);
  });

  it('reports nothing if a part is invalid that all checks need', () => {
    expect(pathsOf(twice, 'task_definition')).to.deep.equal([]);
    expect(pathsOf(twice, 'task_run_request', 'env')).to.deep.equal([]);
    expect(pathsOf(twice, 'env')).to.deep.equal(['task_run_request.count']);
  });

  it('does not report a path again that is known to be invalid', () => {
    expect(pathsOf(twice, 'task_run_request.count')).to.deep.equal([]);
  });

  it('checks the written definition if it cannot be prepared, and none if the request names one', () => {
    const unprepared = { ...DEFINITION, containerDefinitions: [{ name: 'job' }], networkMode: 'bridge' };
    const paths = pathsOf({ taskDefinition: unprepared, containerName: 'jobb' });
    const linked = pathsOf({ taskDefinition: unprepared, taskRunRequest: { taskDefinition: 'etl:3' } });

    expect(paths).to.include.members(['container_name', 'task_definition.networkMode']);
    expect(linked).to.deep.equal([]);
  });

  it('counts the tag of a definition that is deregistered with the run', () => {
    const labels = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`label-${index}`, 'x']));

    expect(pathsOf({ labels })).to.deep.equal([]);
    expect(pathsOf({ labels, autoDeregisterTaskDefinition: true })).to.deep.equal(['labels']);
  });

  it('counts subnets of a written network in mode awsvpc', () => {
    const subnets = Array.from({ length: 17 }, (_, index) => `subnet-${index}`);

    const taskDefinition = { ...DEFINITION, networkMode: 'awsvpc' };

    expect(pathsOf({ taskDefinition, networkConfiguration: { subnets }, vpcId: 'vpc-1' })).to.deep.equal([
      'network_configuration.subnets',
    ]);
  });
});
