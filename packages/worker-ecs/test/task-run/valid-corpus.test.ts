import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isJsonObject, type JsonObject, type JsonValue, silentLogger } from '@worker-host/core';
import { FakeClock } from '@worker-host/testing';
import { createInProcessAws, type InProcessAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import type { EcsApi, TaskDefinitionAnswer } from '../../src/aws/ecs-api.js';
import { sizeNumber } from '../../src/utilities/size-number.js';
import { aFlowRun, someClients } from '../support/builders.js';
import { renderTemplate, templateWith } from '../support/ecs-configurations.js';
import { aTaskRunPreparer } from '../support/ecs-container.js';
import { FakeEcs } from '../support/fake-ecs.js';

const CORPUS = fileURLToPath(new URL('../../../test/fixtures/valid', import.meta.url));

/** Input that users write and AWS accepts, in the forms of AWS's documentation, consoles and tools. */
interface ValidInput {
  readonly jobVariables?: JsonObject;
  /** Replaces those of the default template. */
  readonly taskDefinition?: JsonObject;
  readonly taskRunRequest?: JsonObject;
  /** Replaces the default template. */
  readonly template?: JsonObject;
  /** Members of the definition that only AWS writes. */
  readonly leftOut?: readonly string[];
}

const INPUTS = readdirSync(CORPUS)
  .sort()
  .flatMap((file) => {
    const inputs = JSON.parse(readFileSync(`${CORPUS}/${file}`, 'utf8')) as Readonly<Record<string, ValidInput>>;
    return Object.entries(inputs).map(([title, input]) => [`${file.replace('.json', '')}: ${title}`, input] as const);
  });

/** ECS with the definitions of local AWS, which rejects what boto3 would not send and what ECS rejects. */
function ecsOn(aws: InProcessAws): { readonly ecs: EcsApi; readonly registered: () => JsonObject } {
  let registered: JsonObject = {};
  const answerOf = async (operation: `ecs:${string}`, input: JsonObject): Promise<TaskDefinitionAnswer> => {
    const { taskDefinition, tags } = await aws.call(operation, input);
    return { taskDefinition: taskDefinition as JsonObject, tags: (tags ?? []) as [] };
  };
  const ecs: EcsApi = Object.assign(Object.create(new FakeEcs()) as EcsApi, {
    registerTaskDefinition: (input: JsonObject) => {
      registered = input;
      return answerOf('ecs:RegisterTaskDefinition', input);
    },
    describeTaskDefinition: (input: { readonly taskDefinition: string }) =>
      answerOf('ecs:DescribeTaskDefinition', input),
  });
  return { ecs, registered: () => registered };
}

async function anAws(): Promise<InProcessAws> {
  const subnets = ['a', 'b'].map((zone, at) => ({ id: `subnet-${at + 1}`, zone, cidr: `10.0.${at}.0/24` }));
  const aws = createInProcessAws({
    clock: new FakeClock(),
    requests: 'botocore',
    simulate: 'exit=0',
    vpcs: [{ id: 'vpc-1', cidr: '10.0.0.0/16', isDefault: true, subnets }],
  });
  for (const clusterName of ['etl', 'mi']) await aws.call('ecs:CreateCluster', { clusterName });
  await aws.call('ecs:CreateCapacityProvider', {
    name: 'my-asg',
    autoScalingGroupProvider: {
      autoScalingGroupArn:
        'arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:11111111-2222-3333-4444-555555555555:autoScalingGroupName/g',
    },
  });
  for (const [name, cluster] of [
    ['managed-gpu', 'default'],
    ['managed', 'mi'],
  ]) {
    const managedInstancesProvider = {
      infrastructureRoleArn: 'arn:aws:iam::123456789012:role/ecsInfrastructureRole',
      instanceLaunchTemplate: {
        ec2InstanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/ecsInstanceRole',
        networkConfiguration: { subnets: ['subnet-1'] },
      },
    };
    await aws.call('ecs:CreateCapacityProvider', { name, cluster, managedInstancesProvider });
  }
  await aws.call('ecs:PutClusterCapacityProviders', {
    cluster: 'default',
    capacityProviders: ['FARGATE', 'FARGATE_SPOT', 'my-asg', 'managed-gpu'],
    defaultCapacityProviderStrategy: [],
  });
  await aws.call('ecs:PutClusterCapacityProviders', {
    cluster: 'mi',
    capacityProviders: ['managed'],
    defaultCapacityProviderStrategy: [{ capacityProvider: 'managed', weight: 1 }],
  });
  await aws.call('ecs:RegisterTaskDefinition', {
    family: 'known',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'prefect', image: 'app' }],
  });
  return aws;
}

/** Paths of written values that are changed or missing in what is sent. */
function lostOf(written: JsonValue, sent: JsonValue | undefined, path = ''): readonly string[] {
  if (isNothing(written, path) || (typeof written === 'string' && written.includes('{{'))) return [];
  if (Array.isArray(written)) {
    const items = Array.isArray(sent) ? sent : [];
    return written.flatMap((item, index) => lostOf(item, items[index], `${path}[${index}]`));
  }
  if (isJsonObject(written)) {
    const members = isJsonObject(sent) ? sent : {};
    return Object.entries(written).flatMap(([key, value]) =>
      lostOf(value, members[key], path ? `${path}.${key}` : key),
    );
  }
  return isSame(written, sent) ? [] : [path];
}

/** Null, empty lists and objects, empty texts, and a zero that ECS treats as absent. */
function isNothing(written: JsonValue, path: string): boolean {
  if (written === 0) return /\.(cpu|hostPort)$/.test(path);
  return written === null || written === '' || (typeof written === 'object' && Object.keys(written).length === 0);
}

function isSame(written: JsonValue, sent: JsonValue | undefined): boolean {
  if (String(written) === String(sent)) return true;
  return typeof written === 'string' && sent !== undefined && sizeNumber(written) === Number(sent);
}

/** Returns the member of the definition that a path leads into. */
const topOf = (path: string): string => path.split(/[.[]/, 1)[0] ?? '';

describe('the corpus of valid user input', () => {
  it('contains inputs of many kinds', () => {
    expect(INPUTS).to.have.length(95);
  });

  for (const [title, input] of INPUTS) {
    it(`is never rejected, and reaches AWS as written: ${title}`, async () => {
      const { jobVariables = {}, taskDefinition, taskRunRequest, template, leftOut = [] } = input;
      const aws = await anAws();
      const { ecs, registered } = ecsOn(aws);
      const clients = someClients({
        ecs,
        ec2: {
          describeVpcs: async () => ({ Vpcs: [{ VpcId: 'vpc-1' }], NextToken: null }),
          describeSubnets: async () => ({
            Subnets: [{ SubnetId: 'subnet-1' }, { SubnetId: 'subnet-2' }],
            NextToken: null,
          }),
        },
      });
      const parts = { ...(taskDefinition ? { taskDefinition } : {}), ...(taskRunRequest ? { taskRunRequest } : {}) };
      const configuration = await renderTemplate(template ?? templateWith(parts), jobVariables);
      const options = { signal: new AbortController().signal, logger: silentLogger, renew: false };

      const { request } = await aTaskRunPreparer({ workPoolName: 'pool' }).prepare(
        configuration,
        aFlowRun(),
        clients,
        options,
      );
      const { tasks, failures } = await aws.call('ecs:RunTask', request);

      expect(failures).to.deep.equal([]);
      expect(tasks).to.have.length(1);
      const lost = lostOf(taskDefinition ?? {}, registered()).filter((path) => !leftOut.includes(topOf(path)));
      expect(lost).to.deep.equal([]);
      expect(lostOf(taskRunRequest ?? {}, request)).to.deep.equal([]);
    });
  }
});
