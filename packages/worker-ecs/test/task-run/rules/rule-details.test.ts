import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import type { EcsLaunchData } from '../../../src/ecs-launch-configuration.js';
import { checkTaskRun, findTaskRunProblems, ProblemErrors, unlessKnown } from '../../../src/task-run/check-task-run.js';
import { isTooLong, namedSizes, sizeOf } from '../../../src/task-run/rules/sized-parts.js';
import { TASK_RUN_RULES } from '../../../src/task-run/rules/task-run-rules.js';
import { objectOf } from '../../../src/task-run/rules/task-run-to-check.js';
import { NetworkNotFoundError, TaskRunRequestError } from '../../../src/task-run/task-run-errors.js';
import { someLaunchData } from '../../support/launch-data.js';

type Rule = keyof typeof TASK_RUN_RULES;

/** Result of a rule for a task run with these parts. */
function problemsOf(
  rule: Rule,
  request: JsonObject = {},
  taskDefinition: JsonObject = {},
  configuration: Partial<EcsLaunchData> = {},
) {
  return TASK_RUN_RULES[rule]({ request, taskDefinition, configuration: someLaunchData(configuration) });
}

const written = (taskRunRequest: JsonObject): Partial<EcsLaunchData> => ({ taskRunRequest });
const strategyOf = (...capacityProviderStrategy: readonly JsonObject[]) => ({ capacityProviderStrategy });
const madeFor = (...requiresCompatibilities: readonly string[]) => ({ requiresCompatibilities });

describe('the rules for capacity', () => {
  it('treat absent weights and bases as 0, and suggest the nearest number', () => {
    const providers = strategyOf({ capacityProvider: 'a' }, { capacityProvider: 'b', weight: 1 });

    for (const rule of ['weightInRange', 'baseInRange', 'oneBase', 'someWeight'] as const) {
      expect(problemsOf(rule, providers), rule).to.deep.equal([]);
    }
    expect(problemsOf('weightInRange', strategyOf({ weight: -1 }))[0]).to.include({ found: '-1', suggestion: '0' });
    expect(problemsOf('baseInRange', strategyOf({ base: 100_001 }))[0]).to.include({
      path: 'capacity_provider_strategy[0].base',
      suggestion: '100000',
    });
    expect(problemsOf('baseInRange', strategyOf({ base: 100_000 }))).to.deep.equal([]);
    expect(problemsOf('weightInRange', strategyOf({ weight: Number.NaN }))[0]).to.include({ suggestion: '0' });
    expect(problemsOf('someWeight', strategyOf({ weight: 0 }))).to.deep.equal([]);
    expect(problemsOf('someWeight', strategyOf({}, {}))).to.have.length(1);
  });
});

describe('the rules for launch types', () => {
  it('leave unknown launch types to AWS', () => {
    expect(problemsOf('launchTypeSpelled', {}, {}, written({ launchType: 'SOMETHING' }))).to.deep.equal([]);
    expect(problemsOf('launchTypeSpelled', {}, {}, written({ launchType: 1 }))).to.deep.equal([]);
    expect(problemsOf('launchTypeSpelled', {}, {}, written({ launchType: 'managed instances' }))[0]).to.include({
      suggestion: 'MANAGED_INSTANCES',
    });
  });

  it('suggest the listed compatibilities, and to list the missing one if a launch type was requested', () => {
    const of = (launchType: string | null, ...listed: readonly string[]) =>
      problemsOf(
        'launchTypeOfDefinition',
        {},
        madeFor(...listed),
        launchType === null ? {} : written({ launchType }),
      )[0];

    expect(of('FARGATE', 'EC2')).to.include({
      found: 'FARGATE',
      suggestion: 'EC2, or FARGATE among requiresCompatibilities',
    });
    expect(of(null, 'EXTERNAL')).to.include({ found: 'nothing, which means FARGATE', suggestion: 'EXTERNAL' });
    expect(of(null)).to.include({
      expected: "one of the definition's requiresCompatibilities (none)",
      suggestion: 'FARGATE among requiresCompatibilities',
    });
    expect(of('FARGATE_SPOT', 'EC2')).to.include({ found: 'FARGATE_SPOT' });
    expect(of('MANAGED_INSTANCES', 'EC2')).to.include({
      suggestion: 'EC2, or MANAGED_INSTANCES among requiresCompatibilities',
    });
    expect(of('EXTERNAL', 'FARGATE')).to.equal(undefined);
    expect(of('EC2', 'FARGATE')).to.equal(undefined);
  });

  it('leave the placement to a strategy in addition to Managed Instances', () => {
    const configuration = written({ launchType: 'MANAGED_INSTANCES', ...strategyOf({ capacityProvider: 'mine' }) });

    expect(problemsOf('launchTypeOfDefinition', {}, madeFor('EC2'), configuration)).to.deep.equal([]);
  });

  it('require awsvpc on Fargate and its Spot, if the definition has another mode', () => {
    const of = (launchType: string, networkMode?: string) =>
      problemsOf('networkModeOfFargate', {}, networkMode ? { networkMode } : {}, written({ launchType }));

    expect(of('FARGATE', 'bridge')).to.have.length(1);
    expect(of('FARGATE_SPOT', 'host')[0]?.expected).to.equal('awsvpc with launch type FARGATE_SPOT');
    expect(of('FARGATE', 'awsvpc')).to.deep.equal([]);
    expect(of('FARGATE')).to.deep.equal([]);
    expect(of('EC2', 'bridge')).to.deep.equal([]);
  });
});

describe('the rules for logs', () => {
  it("name the configuration's own option if it added the value", () => {
    const taskDefinition = {
      containerDefinitions: [
        { name: 'job', logConfiguration: { logDriver: 'awslogs', options: { 'splunk-url': 'u', mode: 'x' } } },
      ],
    };
    const of = (parts: Partial<EcsLaunchData>) => problemsOf('logOptionsOfDriver', {}, taskDefinition, parts)[0];
    const cloudwatchLogsOptions = { 'splunk-url': 'u' };
    const inDefinition = 'task_definition.containerDefinitions[0].logConfiguration.options.splunk-url';

    expect(of({ configureCloudwatchLogs: true, cloudwatchLogsOptions })).to.include({
      path: 'cloudwatch_logs_options.splunk-url',
      suggestion: 'to omit the option',
    });
    expect(of({ configureCloudwatchLogs: true })).to.include({ path: inDefinition });
    expect(of({ cloudwatchLogsOptions })).to.include({
      path: inDefinition,
      suggestion: 'logDriver splunk, or to omit the option',
    });
  });
});

describe('the rules for networks', () => {
  const AWSVPC = { networkMode: 'awsvpc' };
  const requestWith = (awsvpcConfiguration: JsonObject, more: JsonObject = {}) => ({
    networkConfiguration: { awsvpcConfiguration },
    ...more,
  });
  const seventeen = Array.from({ length: 17 }, (_, index) => `subnet-${index}`);

  it('apply only in mode awsvpc, and name where the network was written', () => {
    const request = requestWith({ subnets: seventeen });

    expect(problemsOf('subnetCount', request, {})).to.deep.equal([]);
    expect(problemsOf('subnetCount', requestWith({}), AWSVPC)).to.deep.equal([]);
    expect(problemsOf('subnetCount', request, AWSVPC)[0]).to.include({
      path: 'task_run_request.networkConfiguration.awsvpcConfiguration.subnets',
    });
    expect(problemsOf('subnetCount', request, AWSVPC, { networkConfiguration: { subnets: seventeen } })[0]).to.include({
      path: 'network_configuration.subnets',
    });
  });

  it('reject public addresses in the configuration, by provider, launch type or definition', () => {
    const awsvpcConfiguration = { assignPublicIp: 'ENABLED' };
    const inRequest = written({ networkConfiguration: { awsvpcConfiguration } });
    const of = (request: JsonObject, parts = inRequest, taskDefinition: JsonObject = AWSVPC) =>
      problemsOf('publicIpOnFargateOnly', request, taskDefinition, parts);

    expect(of({ launchType: 'EC2' })[0]).to.include({
      path: 'task_run_request.networkConfiguration.awsvpcConfiguration.assignPublicIp',
    });
    expect(of({ launchType: 'EC2' }, {})).to.deep.equal([]);
    expect(of({ launchType: 'EC2' }, { ...inRequest, networkConfiguration: { subnets: [] } })).to.deep.equal([]);
    expect(of({ launchType: 'FARGATE' })).to.deep.equal([]);
    expect(of(strategyOf({ capacityProvider: 'mine' }))[0]?.expected).to.include('DISABLED with mine:');
    expect(of({ launchType: 'FARGATE', ...strategyOf({ capacityProvider: 'mine' }) })).to.have.length(1);
    expect(of({}, inRequest, { ...AWSVPC, ...madeFor('MANAGED_INSTANCES') })).to.have.length(1);
    expect(of({})).to.deep.equal([]);
    expect(of({ launchType: 'EC2' }, inRequest, {})).to.deep.equal([]);
  });
});

describe('the rules for sizes', () => {
  it('suggest what was intended, if AWS cannot read it', () => {
    const suggestionsOf = (cpu: string, memory: string) =>
      problemsOf('sizeReadable', {}, { ...madeFor('FARGATE'), cpu, memory }).map(({ suggestion }) => suggestion);

    expect(suggestionsOf('0.5', '0.5')).to.deep.equal(['"0.5 vCPU"', '"0.5 GB"']);
    expect(suggestionsOf('500m', '2 GiB')).to.deep.equal(['512', '2048']);
    expect(suggestionsOf('2 vCPUs', '512 MB')).to.deep.equal(['2048', '512']);
    expect(suggestionsOf('2 pigs', 'much')).to.deep.equal([null, null]);
    expect(suggestionsOf('.25 vCPU', '0.5GB')).to.deep.equal([]);
    expect(suggestionsOf('1024', '2048')).to.deep.equal([]);
  });

  it('check where the size takes effect, and name where it was written', () => {
    const fargate = { launchType: 'FARGATE' };
    const definition = { cpu: '256', memory: '4096' };

    expect(problemsOf('fargatePair', fargate, definition)[0]).to.include({ path: 'memory' });
    expect(problemsOf('fargatePair', fargate, definition, { taskDefinition: definition })[0]).to.include({
      path: 'task_definition.memory',
    });
    expect(problemsOf('fargatePair', { launchType: 'EC2' }, definition)).to.deep.equal([]);
    expect(problemsOf('fargatePair', { launchType: 'EC2' }, { ...definition, ...madeFor('EC2') })).to.deep.equal([]);
    expect(problemsOf('fargatePair', { launchType: 'EC2' }, { ...definition, ...madeFor('FARGATE') })).to.have.length(
      1,
    );
    expect(problemsOf('fargatePair', fargate, { ...definition, ...madeFor('FARGATE') })).to.have.length(1);
  });

  it('let overrides replace the size with which it is run', () => {
    const fargate = (overrides: JsonObject) => ({ launchType: 'FARGATE', overrides });
    const definition = { cpu: '256', memory: '512' };

    expect(problemsOf('fargatePair', fargate({ cpu: '512' }), definition)[0]).to.include({ found: '512' });
    expect(problemsOf('fargatePair', fargate({ memory: '4096' }), definition)[0]).to.include({ found: '4096' });
    expect(problemsOf('fargatePair', fargate({ cpu: '512', memory: '4096' }), definition)).to.deep.equal([]);
    expect(
      problemsOf('fargatePair', fargate({ memory: '4096' }), definition, { taskDefinition: definition })[0],
    ).to.include({ path: 'memory' });
  });

  it('suggest the number in an invalid text, if any', () => {
    const of = (memory: string) => problemsOf('sizeReadable', { launchType: 'FARGATE' }, { cpu: '256', memory })[0];

    expect(of('2048 MiB')).to.include({ suggestion: '2048' });
    expect(of('much')).to.include({ suggestion: null });
    expect(of('0 x')).to.include({ suggestion: null });
    expect(problemsOf('sizeReadable', { launchType: 'FARGATE' }, {})).to.deep.equal([]);
  });

  it('suggest no CPU for a memory that no size has', () => {
    expect(problemsOf('fargatePair', { launchType: 'FARGATE' }, { cpu: '256', memory: '4097' })[0]).to.include({
      suggestion: 'memory 2048',
    });
  });
});

describe('the rules for lengths', () => {
  it('list the parts of a definition, and by how much it is too long', () => {
    const environment = [{ name: 'BIG', value: 'x'.repeat(66_000) }];
    const taskDefinition = { family: 'etl', containerDefinitions: [{ environment, image: 'i' }] };
    const [problem] = problemsOf('definitionLength', {}, taskDefinition);
    const { characters } = sizeOf(taskDefinition);

    expect(problem?.found).to.match(
      new RegExp(`^${characters} \\(container\\.environment\\.BIG 66\\d+, family 5, container\\.image 3\\)$`),
    );
    expect(problem?.suggestion).to.match(new RegExp(`^${characters - 65_536} characters fewer`));
  });

  it('list forty parts, the largest first, and the others together', () => {
    const parts = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `p${index}`, value: 'x'.repeat(index) }));

    expect(namedSizes(parts(3))).to.equal('p2 4, p1 3, p0 2');
    expect(namedSizes(parts(40)).split(', ')).to.have.length(40);
    expect(namedSizes(parts(42))).to.match(/^p41 43, .*p2 4, others 5$/);
  });

  it('count characters as users do', () => {
    expect(sizeOf('é😀')).to.deep.equal({ characters: 4, bytes: 8 });
    expect(isTooLong('abc', 5)).to.equal(false);
    expect(isTooLong('abc', 4)).to.equal(true);
  });
});

describe('the rules for tags', () => {
  const tags = (...keys: readonly string[]) => ({ tags: keys.map((key) => ({ key, value: 'x' })) });

  it('list the labels that become one key, or report that there are two', () => {
    const ofLabels = problemsOf(
      'tagKeysDiffer',
      tags('a-b', 'a-b', 'c'),
      {},
      { labels: { 'a b': '', 'a,b': '', c: '' } },
    );
    const ofTags = problemsOf('tagKeysDiffer', tags('a-b', 'a-b'), {}, written({ tags: { 'a b': 'x', 'a,b': 'y' } }));
    const ofList = problemsOf('tagKeysDiffer', tags('a', 'a'), {}, written(tags('a', 'a')));

    expect(ofLabels).to.have.length(1);
    expect(ofLabels[0]).to.include({ path: 'labels.a b', found: '"a b" and "a,b", both a-b' });
    expect(ofTags[0]).to.include({ path: 'task_run_request.tags.a-b', found: '"a b" and "a,b", both a-b' });
    expect(ofList[0]).to.include({ found: 'two keys, both a' });
  });

  it('list tags that become one key', () => {
    const listed = written({ tags: [{ key: 'a b' }, { key: 'a,b' }] });

    expect(problemsOf('tagKeysDiffer', tags('a-b', 'a-b'), {}, listed)[0]).to.include({
      found: '"a b" and "a,b", both a-b',
    });
  });

  it('accept a tag without a value', () => {
    expect(problemsOf('tagValueLength', { tags: [{ key: 'a' }] })).to.deep.equal([]);
    expect(problemsOf('tagValueNotReserved', { tags: [{ key: 'a' }] })).to.deep.equal([]);
  });
});

describe('the rule for one task', () => {
  it('accepts 1, written or not', () => {
    expect(problemsOf('oneTask')).to.deep.equal([]);
    expect(problemsOf('oneTask', { count: 1 })).to.deep.equal([]);
    expect(problemsOf('oneTask', { count: 2 })).to.have.length(1);
  });
});

describe('checkTaskRun', () => {
  const RUN = { request: { count: 2 }, taskDefinition: {}, configuration: someLaunchData() };
  const GOOD = { ...RUN, request: {} };
  const failure = (path: string) => new NetworkNotFoundError({ path, expected: 'x', found: 'y', suggestion: null });
  const problem = (path: string) => ({ path, expected: 'x', found: 'y', suggestion: null });
  const pathsOf = (act: () => void) => {
    try {
      act();
      return [];
    } catch (error) {
      return error instanceof TaskRunRequestError ? error.problems.map(({ path }) => path) : error;
    }
  };

  it('throws the failure itself if it is the only one', () => {
    const only = failure('vpc_id');

    expect(pathsOf(() => checkTaskRun(GOOD, [only], []))).to.equal(only);
    expect(pathsOf(() => checkTaskRun(GOOD, [], []))).to.deep.equal([]);
  });

  it('throws all problems together, each path once', () => {
    expect(pathsOf(() => checkTaskRun(RUN, [failure('vpc_id')], [problem('cluster')]))).to.deep.equal([
      'vpc_id',
      'cluster',
      'task_run_request.count',
    ]);
    expect(
      pathsOf(() => checkTaskRun(RUN, [failure('a')], [problem('a'), problem('task_run_request.count')])),
    ).to.deep.equal(['a', 'task_run_request.count']);
    expect(pathsOf(() => checkTaskRun(GOOD, [], [problem('a')]))).to.deep.equal(['a']);
  });

  it('has its own code', () => {
    expect(new TaskRunRequestError([problem('a')]).code).to.equal('ECS_TASK_RUN_REQUEST_INVALID');
  });

  it('finds what the rules find', () => {
    expect(findTaskRunProblems(RUN).map(({ path }) => path)).to.deep.equal(['task_run_request.count']);
    expect(unlessKnown([problem('a'), problem('b')], [problem('b')]).map(({ path }) => path)).to.deep.equal(['a']);
  });
});

describe('ProblemErrors', () => {
  it('collects errors that represent a problem, and throws any other', () => {
    const errors = new ProblemErrors();
    const known = new NetworkNotFoundError({ path: 'a', expected: 'x', found: 'y', suggestion: null });
    const fail = (error: unknown) => () => {
      throw error;
    };

    expect(errors.attempt(() => 1, 2)).to.equal(1);
    expect(errors.attempt(fail(known), 2)).to.equal(2);
    expect(errors.all).to.deep.equal([known]);
    for (const other of [new Error('a bug'), { problem: {} }, Object.assign(new Error('x'), { problem: 'text' })]) {
      expect(() => errors.attempt(fail(other), 2)).to.throw();
    }
    expect(errors.all).to.have.length(1);
  });
});

describe('objectOf', () => {
  it('returns an object unchanged, and an empty one for anything else', () => {
    expect(objectOf({ a: 1 })).to.deep.equal({ a: 1 });
    expect([undefined, null, 'text', [1]].map(objectOf)).to.deep.equal([{}, {}, {}, {}]);
  });
});
