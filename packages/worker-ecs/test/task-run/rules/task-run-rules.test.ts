import {
  type ConfigurationProblem,
  type JsonObject,
  type Logger,
  PREFECT_VERSION,
  silentLogger,
} from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { TASK_RUN_RULES } from '../../../src/task-run/rules/task-run-rules.js';
import type { TaskRunRequestError } from '../../../src/task-run/task-run-errors.js';
import { aFlowRun, someClients } from '../../support/builders.js';
import { renderConfiguration, type TemplateParts } from '../../support/ecs-configurations.js';
import { aTaskRunPreparer } from '../../support/ecs-container.js';
import { FakeEcs } from '../../support/fake-ecs.js';

const WINDOWS = 'WINDOWS_SERVER_2022_CORE';

type Input = readonly [JsonObject, TemplateParts?];

interface Example {
  readonly refused: Input;
  readonly path: string;
  /** Parts of the message that a user reads. */
  readonly says: RegExp;
  readonly nearest: Input;
}

const network = (parts: JsonObject): JsonObject => ({ vpc_id: 'vpc-1', network_configuration: parts });
const list = (length: number, name: string): string[] => Array.from({ length }, (_, index) => `${name}-${index + 1}`);
const labels = (count: number) => Object.fromEntries(list(count, 'label').map((name) => [name, 'x']));
const strategy = (...providers: readonly (readonly [string, number, number])[]): JsonObject => ({
  capacity_provider_strategy: providers.map(([capacityProvider, weight, base]) => ({ capacityProvider, weight, base })),
});
const definition = (parts: JsonObject): TemplateParts => ({
  taskDefinition: { containerDefinitions: [{ name: 'prefect' }], ...parts },
});
const request = (parts: JsonObject): TemplateParts => ({
  taskRunRequest: { launchType: '{{ launch_type }}', ...parts },
});
/** Variables of about 1,000 characters each, the later ones longer. */
const bigEnvironment = (count: number): JsonObject[] =>
  list(count, 'V').map((name, index) => ({ name, value: 'x'.repeat(930 + index) }));
const logs = (options: JsonObject): TemplateParts =>
  definition({ containerDefinitions: [{ name: 'web' }, { name: 'prefect', logConfiguration: options }] });
/** Overrides with this number of characters in all. */
const OWN_OVERRIDES = '{"containerOverrides":[{"environment":[{"name":"BIG","value":""}],"name":"prefect"}]}'.length;
const overrides = (length: number): JsonObject => ({ env: { BIG: 'x'.repeat(length - OWN_OVERRIDES) } });

/** The compiler requires an example for every rule. */
const EXAMPLES: Readonly<Record<keyof typeof TASK_RUN_RULES, Example>> = {
  oneTask: {
    refused: [{}, request({ count: '2' })],
    path: 'task_run_request.count',
    says: /expected 1, because a run is one task, found 2\. Try to omit it/,
    nearest: [{}, request({ count: 1 })],
  },
  launchTypeSpelled: {
    refused: [{ launch_type: 'fargate-spot' }],
    path: 'launch_type',
    says: /one of FARGATE, EC2, EXTERNAL, FARGATE_SPOT, MANAGED_INSTANCES, found "fargate-spot"\. Try FARGATE_SPOT/,
    nearest: [{ launch_type: 'FARGATE_SPOT' }],
  },
  launchTypeOfDefinition: {
    refused: [{ launch_type: 'EXTERNAL' }, definition({ requiresCompatibilities: ['EC2'] })],
    path: 'launch_type',
    says: /requiresCompatibilities \(EC2\), found EXTERNAL\. Try EC2/,
    nearest: [{ launch_type: 'EC2' }, definition({ requiresCompatibilities: ['EC2'] })],
  },
  networkModeOfFargate: {
    refused: [{}, definition({ networkMode: 'bridge' })],
    path: 'task_definition.networkMode',
    says: /awsvpc with launch type FARGATE, found bridge\. Try awsvpc, or launch_type EC2/,
    nearest: [{ launch_type: 'EC2' }, definition({ networkMode: 'bridge' })],
  },
  networkModeOfManagedInstances: {
    refused: [{ launch_type: 'MANAGED_INSTANCES' }, definition({ networkMode: 'bridge' })],
    path: 'task_definition.networkMode',
    says: /expected awsvpc or host with MANAGED_INSTANCES among requiresCompatibilities, found bridge\. Try awsvpc/,
    nearest: [{ launch_type: 'MANAGED_INSTANCES' }, definition({ networkMode: 'host' })],
  },
  definitionLength: {
    refused: [{}, definition({ containerDefinitions: [{ name: 'prefect', environment: bigEnvironment(66) }] })],
    path: 'task_definition',
    says: /expected at most 65536 characters, found 6\d{4} \(prefect\.environment\.V-66 \d+, .*others \d+\)/,
    nearest: [{}, definition({ containerDefinitions: [{ name: 'prefect', environment: bigEnvironment(64) }] })],
  },
  networkModeOfExternal: {
    refused: [{ launch_type: 'EXTERNAL' }, definition({ networkMode: 'awsvpc' })],
    path: 'task_definition.networkMode',
    says: /bridge, host or none with launch type EXTERNAL, found awsvpc\. Try bridge/,
    nearest: [{ launch_type: 'EXTERNAL' }, definition({ networkMode: 'bridge' })],
  },
  architectureOfWindows: {
    refused: [{}, definition({ runtimePlatform: { operatingSystemFamily: WINDOWS, cpuArchitecture: 'ARM64' } })],
    path: 'task_definition.runtimePlatform.cpuArchitecture',
    says: /X86_64 with operatingSystemFamily WINDOWS_SERVER_2022_CORE, found ARM64\. Try X86_64/,
    nearest: [{}, definition({ runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'ARM64' } })],
  },
  capacityOfWindows: {
    refused: [{ launch_type: 'FARGATE_SPOT' }, definition({ runtimePlatform: { operatingSystemFamily: WINDOWS } })],
    path: 'launch_type',
    says: /capacity that runs operatingSystemFamily WINDOWS_SERVER_2022_CORE, found FARGATE_SPOT\. Try FARGATE/,
    nearest: [{}, definition({ runtimePlatform: { operatingSystemFamily: WINDOWS } })],
  },
  providersOfOneKind: {
    refused: [strategy(['FARGATE', 1, 0], ['mine', 1, 0])],
    path: 'capacity_provider_strategy',
    says: /found FARGATE, mine\. Try mine/,
    nearest: [strategy(['mine', 1, 0])],
  },
  providerCount: {
    refused: [strategy(...list(21, 'p').map((name) => [name, 1, 0] as const))],
    path: 'capacity_provider_strategy',
    says: /at most 20 providers, found 21/,
    nearest: [strategy(...list(20, 'p').map((name) => [name, 1, 0] as const))],
  },
  oneBase: {
    refused: [strategy(['FARGATE', 1, 1], ['FARGATE_SPOT', 1, 2])],
    path: 'capacity_provider_strategy',
    says: /a base on one provider only, found FARGATE 1, FARGATE_SPOT 2/,
    nearest: [strategy(['FARGATE', 1, 1], ['FARGATE_SPOT', 1, 0])],
  },
  weightInRange: {
    refused: [strategy(['FARGATE', 1001, 0])],
    path: 'capacity_provider_strategy[0].weight',
    says: /a number from 0 to 1000, found 1001\. Try 1000/,
    nearest: [strategy(['FARGATE', 1000, 0])],
  },
  baseInRange: {
    refused: [strategy(['FARGATE', 1, -1])],
    path: 'capacity_provider_strategy[0].base',
    says: /a number from 0 to 100000, found -1\. Try 0/,
    nearest: [strategy(['FARGATE', 1, 0])],
  },
  someWeight: {
    refused: [strategy(['FARGATE', 0, 0], ['FARGATE_SPOT', 0, 0])],
    path: 'capacity_provider_strategy[0].weight',
    says: /above 0 on one of several providers at least, found 0 on all\. Try 1/,
    nearest: [strategy(['FARGATE', 1, 0], ['FARGATE_SPOT', 0, 0])],
  },
  sizeReadable: {
    refused: [{}, definition({ cpu: '1024', memory: '2048 MiB' })],
    path: 'task_definition.memory',
    says: /MiB, such as 2048, or "2 GB", found "2048 MiB"\. Try 2048/,
    nearest: [{}, definition({ cpu: '1 vCPU', memory: '2 GB' })],
  },
  fargatePair: {
    refused: [{ cpu: 256, memory: 4096 }],
    path: 'memory',
    says: /with cpu 256 on Fargate one of 512, 1024, 2048 MiB, found 4096\. Try memory 2048, or cpu 512/,
    nearest: [{ cpu: 512, memory: 4096 }],
  },
  subnetCount: {
    refused: [network({ subnets: list(17, 'subnet') })],
    path: 'network_configuration.subnets',
    says: /at most 16 subnets, found 17\. Try the first 16/,
    nearest: [network({ subnets: list(16, 'subnet') })],
  },
  securityGroupCount: {
    refused: [network({ subnets: ['subnet-1'], securityGroups: list(6, 'sg') })],
    path: 'network_configuration.securityGroups',
    says: /at most 5 security groups, found 6/,
    nearest: [network({ subnets: ['subnet-1'], securityGroups: list(5, 'sg') })],
  },
  publicIpOnFargateOnly: {
    refused: [
      { launch_type: 'EC2', ...network({ subnets: ['subnet-1'], assignPublicIp: 'ENABLED' }) },
      definition({ networkMode: 'awsvpc' }),
    ],
    path: 'network_configuration.assignPublicIp',
    says: /DISABLED with EC2: .*only to tasks on Fargate, found ENABLED\. Try DISABLED/,
    nearest: [
      { launch_type: 'EC2', ...network({ subnets: ['subnet-1'], assignPublicIp: 'DISABLED' }) },
      definition({ networkMode: 'awsvpc' }),
    ],
  },
  overridesLength: {
    refused: [overrides(8193)],
    path: 'task_run_request.overrides',
    says: /at most 8192 characters.*, found 8193 \(BIG 8\d\d\d\)\. Try 1 characters fewer in env/,
    nearest: [overrides(8192)],
  },
  tagCount: {
    refused: [{ labels: labels(51) }],
    path: 'labels',
    says: /at most 50 tags, including those of the worker, found 51\. Try 1 labels fewer/,
    nearest: [{ labels: labels(50) }],
  },
  tagKeysDiffer: {
    refused: [{ labels: { 'cost centre': '1', 'cost,centre': '2' } }],
    path: 'labels.cost centre',
    says: /found "cost centre" and "cost,centre", both cost-centre\. Try another name/,
    nearest: [{ labels: { 'cost centre': '1', cost_centre: '2' } }],
  },
  tagKeyLength: {
    refused: [{ labels: { ['k'.repeat(129)]: 'x' } }],
    path: `labels.${'k'.repeat(129)}`,
    says: /a key of at most 128 characters, found 129\. Try k{128}\./,
    nearest: [{ labels: { ['k'.repeat(128)]: 'x' } }],
  },
  tagKeyNotReserved: {
    refused: [{ labels: { 'AWS:owner': 'x' } }],
    path: 'labels.AWS:owner',
    says: /does not begin with aws:, found AWS:owner\. Try owner/,
    nearest: [{ labels: { owner: 'x' } }],
  },
  tagValueLength: {
    refused: [{ labels: { k: 'v'.repeat(257) } }],
    path: 'labels.k',
    says: /a value of at most 256 characters, found 257/,
    nearest: [{ labels: { k: 'v'.repeat(256) } }],
  },
  tagValueNotReserved: {
    refused: [{ labels: { k: 'aws:x' } }],
    path: 'labels.k',
    says: /does not begin with aws:, found one that does\. Try it without aws:/,
    nearest: [{ labels: { k: 'x' } }],
  },
  executionRoleOfLogs: {
    refused: [{ configure_cloudwatch_logs: true, execution_role_arn: 'arn:role' }, definition({})],
    path: 'configure_cloudwatch_logs',
    says: /an executionRoleArn on the task definition.*, found none/,
    nearest: [
      { configure_cloudwatch_logs: true, execution_role_arn: 'arn:role' },
      definition({ executionRoleArn: '{{ execution_role_arn }}' }),
    ],
  },
  logOptionsOfDriver: {
    refused: [{}, logs({ logDriver: 'awslogs', options: { 'awslogs-group': 'g', 'splunk-url': 'u' } })],
    path: 'task_definition.containerDefinitions[1].logConfiguration.options.splunk-url',
    says: /an option of the log driver awslogs, found one of splunk, in container prefect\. Try logDriver splunk/,
    nearest: [{}, logs({ logDriver: 'splunk', options: { 'splunk-url': 'u' } })],
  },
};

interface Outcome {
  readonly problems: readonly ConfigurationProblem[];
  readonly message: string;
  readonly code: string | null;
  readonly ecs: FakeEcs;
}

async function prepare(
  [variables, parts]: Input,
  logger: Logger = silentLogger,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Outcome> {
  const configuration = await renderConfiguration(variables, parts);
  const ecs = new FakeEcs();
  const clients = someClients({
    ecs,
    ec2: {
      describeVpcs: async () => ({ Vpcs: [{ VpcId: 'vpc-1' }], NextToken: null }),
      describeSubnets: async () => ({
        Subnets: list(20, 'subnet').map((SubnetId) => ({ SubnetId })),
        NextToken: null,
      }),
    },
  });
  const preparer = aTaskRunPreparer({ environment, workPoolName: 'pool' });
  const options = { signal: new AbortController().signal, logger, renew: false };
  try {
    await preparer.prepare(configuration, aFlowRun(), clients, options);
    return { problems: [], message: '', code: null, ecs };
  } catch (error) {
    const known = error as TaskRunRequestError & { readonly problem?: ConfigurationProblem };
    const problems = known.problems ?? (known.problem ? [known.problem] : null);
    if (problems === null) throw error;
    return { problems, message: known.message, code: known.code, ecs };
  }
}

describe('what AWS would reject', () => {
  for (const [rule, { refused, path, says, nearest }] of Object.entries(EXAMPLES)) {
    it(`is rejected before anything is registered: ${rule}`, async () => {
      const { problems, message, ecs } = await prepare(refused);

      expect(problems.map((problem) => problem.path)).to.deep.equal([path]);
      expect(message).to.match(says);
      expect(ecs.count('registerTaskDefinition')).to.equal(0);
    });

    it(`passes with the nearest valid value: ${rule}`, async () => {
      const { problems, ecs } = await prepare(nearest);

      expect(problems).to.deep.equal([]);
      expect(ecs.count('registerTaskDefinition')).to.equal(1);
    });
  }

  it('is reported together, whatever stage finds it', async () => {
    const { problems, ecs } = await prepare([
      {
        container_name: 'jobb',
        command: "echo 'open",
        vpc_id: 'vpc-1',
        network_configuration: { subnets: ['subnet-99'] },
        launch_type: 'fargate',
        labels: { k: 'v'.repeat(257) },
      },
      definition({ networkMode: 'awsvpc', containerDefinitions: [{ name: 'job' }] }),
    ]);

    expect(problems.map(({ path }) => path)).to.have.members([
      'container_name',
      'command',
      'network_configuration.subnets',
      'launch_type',
      'labels.k',
    ]);
    expect(ecs.calls).to.deep.equal([]);
  });

  const LONELY: readonly (readonly [string, string, Input, RegExp, Input])[] = [
    [
      'a container that is not there',
      'ECS_CONTAINER_NOT_FOUND',
      [{ container_name: 'jobb' }, definition({ containerDefinitions: [{ name: 'job' }] })],
      /container_name: expected a container of the task definition \(job\), found "jobb"\. Try "job"/,
      [{ container_name: 'job' }, definition({ containerDefinitions: [{ name: 'job' }] })],
    ],
    [
      'the size of a container that is no whole number',
      'ECS_CONTAINER_SIZE_INVALID',
      [{ launch_type: 'EC2' }, definition({ memory: '2 GiB' })],
      /memory: expected a whole number of MiB, .* found "2 GiB"\. Try 2048/,
      [{ launch_type: 'EC2' }, definition({ memory: '2 GB' })],
    ],
    [
      'a quotation that is not closed',
      'COMMAND_LINE_INVALID',
      [{ command: "echo 'open" }],
      /command: expected a command line that can be split into words, found no closing quotation mark for a '/,
      [{ command: "echo 'open'" }],
    ],
    [
      'a subnet of another VPC',
      'ECS_NETWORK_NOT_FOUND',
      [network({ subnets: ['subnet-99'] })],
      /network_configuration\.subnets: expected subnets of the VPC of vpc_id \(vpc-1: subnet-1, .*found subnet-99/,
      [network({ subnets: ['subnet-20'] })],
    ],
  ];
  for (const [what, code, refused, says, nearest] of LONELY) {
    it(`is reported with its own code if it is the only problem: ${what}`, async () => {
      const { message, code: found, ecs } = await prepare(refused);

      expect(found).to.equal(code);
      expect(message).to.match(says);
      expect(ecs.calls).to.deep.equal([]);
      expect((await prepare(nearest)).problems).to.deep.equal([]);
    });
  }

  it('checks the size with which a definition for Fargate is registered, wherever it is run', async () => {
    const mixed = strategy(['mine', 1, 0]);

    expect((await prepare([{ ...mixed, cpu: 256, memory: 4096 }])).problems.map(({ path }) => path)).to.deep.equal([
      'memory',
    ]);
    expect((await prepare([{ launch_type: 'EC2', cpu: 256, memory: 4096 }])).problems).to.deep.equal([]);
  });

  it('warns of a network without an effect', async () => {
    const logger = new RecordingLogger();

    await prepare([{ launch_type: 'EC2', ...network({ subnets: ['subnet-1'] }) }], logger);

    expect(logger.lines.find(({ level }) => level === 'warn')?.message).to.match(/network_configuration has no effect/);
  });

  it('lists the size of each variable, the largest first, with the command', async () => {
    const env = Object.fromEntries(list(50, 'V').map((name, index) => [name, 'x'.repeat(200 + index)]));

    const { message } = await prepare([{ env, command: 'echo hi' }]);

    expect(message).to.match(/\(V-50 \d+, V-49 \d+, .*others \d+\)/);
    expect((await prepare([{ env: { A: 'x'.repeat(100) }, command: `echo ${'y'.repeat(8200)}` }])).message).to.match(
      /\(the command 8\d+, A \d+\)/,
    );
  });

  it('counts characters, and warns if AWS may count more bytes', async () => {
    const logger = new RecordingLogger();

    const { problems } = await prepare([{ env: { TEXT: '東'.repeat(3000) } }], logger);
    const bigger = await prepare([{ env: { TEXT: '東'.repeat(8200) } }]);

    expect(problems).to.deep.equal([]);
    expect(logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.what)).to.deep.equal([
      'overrides',
    ]);
    expect(bigger.problems.map(({ path }) => path)).to.deep.equal(['task_run_request.overrides']);
  });

  it('does not check the length of a registered definition', async () => {
    const taskDefinition = { taskDefinitionArn: 'arn', containerDefinitions: [{ environment: bigEnvironment(70) }] };
    const run = { request: {}, taskDefinition, configuration: await renderConfiguration({}) };

    expect(TASK_RUN_RULES.definitionLength(run)).to.deep.equal([]);
  });

  it('leaves the options of FireLens to its target, except those of awslogs', async () => {
    const ofFireLens = (options: JsonObject): Input => [{}, logs({ logDriver: 'awsfirelens', options })];

    expect((await prepare(ofFireLens({ 'splunk-url': 'u', 'fluentd-async': 'true' }))).problems).to.deep.equal([]);
    expect((await prepare(ofFireLens({ 'awslogs-group': 'g' }))).problems).to.have.length(1);
  });

  it('leaves an unknown cpu to AWS, with a warning', async () => {
    const logger = new RecordingLogger();

    const { problems } = await prepare([{ cpu: 32768, memory: 249856 }], logger);

    expect(problems).to.deep.equal([]);
    expect(logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.cpu)).to.deep.equal([
      '32768',
    ]);
  });

  it('uses the Python version of the setting for the default image', async () => {
    const images = await Promise.all(
      [{}, { WORKER_HOST_ECS_PYTHON_VERSION: '3.13' }].map(async (environment) => {
        const { ecs } = await prepare([{}], silentLogger, environment);
        const { input } = ecs.calls.find(({ operation }) => operation === 'registerTaskDefinition') ?? {};
        return JSON.stringify(input).match(/prefecthq[^"]+/)?.[0];
      }),
    );

    expect(images).to.deep.equal([
      `prefecthq/prefect:${PREFECT_VERSION}-python3.11`,
      `prefecthq/prefect:${PREFECT_VERSION}-python3.13`,
    ]);
  });

  it('cleans an invalid family instead of rejecting it', async () => {
    const logger = new RecordingLogger();
    const { problems, ecs } = await prepare([{ family: `Größe & mehr ${'x'.repeat(300)}` }], logger);
    await prepare([{ family: 'Gro-e_1' }], logger);

    expect(problems).to.deep.equal([]);
    const { input } = ecs.calls.find(({ operation }) => operation === 'registerTaskDefinition') ?? {};
    expect((input as JsonObject).family)
      .to.match(/^Gro-e-mehr-x+$/)
      .and.to.have.length(255);
    expect(logger.lines.filter(({ level }) => level === 'warn')).to.have.length(1);
  });
});
