import type { Clock, Finding, JsonObject } from '@worker-host/core';
import { systemClock } from '@worker-host/core';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { templateWith } from '../../support/ecs-configurations.js';
import { preparedJob, useTools } from '../tool-subject.js';

const ACCOUNT = '123456789012';
const EXECUTION = `arn:aws:iam::${ACCOUNT}:role/execution`;
const TASK = `arn:aws:iam::${ACCOUNT}:role/service/task`;
const QUEUE_SETTING = 'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME';
const RULE_PATTERN = JSON.stringify({
  source: ['aws.ecs'],
  'detail-type': ['ECS Task State Change'],
  detail: { startedBy: [{ prefix: 'wh/' }] },
});
const PRIVATE_VPC = {
  id: 'vpc-private',
  cidr: '10.0.0.0/16',
  subnets: [
    { id: 'subnet-a', zone: 'a', cidr: '10.0.0.0/20' },
    { id: 'subnet-b', zone: 'b', cidr: '10.0.16.0/20' },
  ],
};
const trust = (service: string): string =>
  JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] });

/** A way to set an account up, and the pool in it. */
interface SetUp {
  readonly aws?: LocalAwsOptions;
  readonly arrange?: (aws: LocalAws) => Promise<void>;
  readonly variables?: JsonObject;
  /** True: the network is looked up. False: the request names a subnet of the default VPC, unless it names others. */
  readonly looksUpNetwork?: boolean;
  /** Members of the request of the template. */
  readonly request?: JsonObject;
  readonly definition?: JsonObject;
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

const inSubnets = (subnets: string[], assignPublicIp = 'DISABLED'): JsonObject => ({
  networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups: [], assignPublicIp } },
});

describe('checkPool', function () {
  this.timeout(60_000);
  let aws: LocalAws | null = null;
  afterEach(async () => {
    await aws?.close();
    aws = null;
  });

  const check = async (setUp: SetUp): Promise<readonly Finding[]> => {
    const { variables = {}, definition, clock } = setUp;
    aws = await startLocalAws({ simulate: 'sleep=forever', ...setUp.aws });
    await setUp.arrange?.(aws);
    const [subnet = ''] = [...aws.network.subnets.keys()];
    const request = setUp.looksUpNetwork ? {} : (setUp.request ?? inSubnets([subnet], 'ENABLED'));
    const base = templateWith({});
    const { task_run_request: written = {}, task_definition: defined = {} } = base.job_configuration as {
      task_run_request?: JsonObject;
      task_definition?: JsonObject;
    };
    const template = templateWith({
      taskRunRequest: { ...written, ...request },
      taskDefinition: { ...defined, ...definition },
    });
    const environment = { ...aws.environment, ...setUp.environment };
    // The SDK reads keys and endpoints of the environment from the process alone.
    const keys = {
      aws_access_key_id: 'test',
      aws_secret_access_key: 'test',
      aws_client_parameters: { endpoint_url: aws.url },
    };
    const subject = {
      variables: { ...variables, aws_credentials: keys },
      template,
      environment,
      ...(clock ? { clock } : {}),
    };
    const job = await preparedJob(subject);
    return useTools(subject, (tools, context) => tools.check?.(job, context));
  };

  const alarms = (findings: readonly Finding[]): readonly string[] =>
    findings
      .filter(({ status }) => ['failed', 'warning'].includes(status))
      .map(({ check, found }) => `${check}: ${found}`);

  const makeRoles = async (where: LocalAws, executionTrust = 'ecs-tasks.amazonaws.com'): Promise<void> => {
    const execution = { RoleName: 'execution', AssumeRolePolicyDocument: trust(executionTrust) };
    await where.call('iam:CreateRole', execution);
    const task = { RoleName: 'task', Path: '/service/', AssumeRolePolicyDocument: trust('ecs-tasks.amazonaws.com') };
    await where.call('iam:CreateRole', task);
  };

  const makeQueue = async (where: LocalAws, name: string): Promise<string> => {
    const arn = `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
    const statement = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage' };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Resource: arn }] });
    await where.call('sqs:CreateQueue', { QueueName: name, Attributes: { Policy } });
    return arn;
  };

  const connectQueue = async (where: LocalAws, name: string): Promise<void> => {
    const Arn = await makeQueue(where, name);
    await where.call('events:PutRule', { Name: 'tasks', EventPattern: RULE_PATTERN });
    await where.call('events:PutTargets', { Rule: 'tasks', Targets: [{ Id: 'q', Arn }] });
  };

  describe('raises no alarm where a pool', () => {
    const HEALTHY: Readonly<Record<string, SetUp>> = {
      'runs on Fargate in the default VPC, with the defaults': { looksUpNetwork: true },
      'runs behind a NAT gateway, with roles, logs and events': {
        aws: {
          vpcs: [{ ...PRIVATE_VPC, subnets: PRIVATE_VPC.subnets.map((each) => ({ ...each, route: 'nat' as const })) }],
        },
        arrange: async (where) => {
          await makeRoles(where);
          await where.call('logs:CreateLogGroup', { logGroupName: 'jobs' });
          await connectQueue(where, 'events');
        },
        variables: {
          execution_role_arn: EXECUTION,
          task_role_arn: TASK,
          configure_cloudwatch_logs: true,
          cloudwatch_logs_options: { 'awslogs-group': 'jobs', 'awslogs-create-group': 'false' },
        },
        request: inSubnets(['subnet-a', 'subnet-b']),
        environment: { [QUEUE_SETTING]: 'events' },
      },
      'has no way out but endpoints, and its image in ECR': {
        aws: { vpcs: [{ ...PRIVATE_VPC, endpoints: ['ecr.api', 'ecr.dkr', 's3', 'logs'] }] },
        arrange: async (where) => {
          await makeRoles(where);
          await where.call('ecr:CreateRepository', { repositoryName: 'team/job' });
          await where.call('ecr:PutImage', { repositoryName: 'team/job', imageTag: '7' });
        },
        variables: {
          image: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/team/job:7`,
          execution_role_arn: EXECUTION,
          configure_cloudwatch_logs: true,
        },
        request: inSubnets(['subnet-a']),
      },
      'runs on EC2 instances, in the network of the instance': {
        variables: { launch_type: 'EC2', cpu: 256, memory: 512 },
        request: {},
      },
      'runs on Spot, by a worker with no more rights than it needs': {
        arrange: async (where) => {
          await where.call('iam:PutUserPolicy', {
            UserName: 'local',
            PolicyName: 'least',
            PolicyDocument: JSON.stringify({
              Statement: [
                {
                  Effect: 'Allow',
                  Action: ['ecs:RunTask'],
                  Resource: `arn:aws:ecs:us-east-1:${ACCOUNT}:task-definition/prefect_alone_*`,
                  Condition: { ArnEquals: { 'ecs:cluster': `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/default` } },
                },
                { Effect: 'Allow', Action: ['ecs:DescribeTasks', 'ecs:StopTask', 'ecs:TagResource'], Resource: '*' },
                { Effect: 'Allow', Action: ['ecs:ListTasks', 'ecs:RegisterTaskDefinition'], Resource: '*' },
                { Effect: 'Allow', Action: ['ecs:DescribeTaskDefinition', 'ec2:Describe*', 'sqs:*'], Resource: '*' },
                {
                  Effect: 'Allow',
                  Action: 'logs:*',
                  Resource: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/local-aws/ecs:*`,
                },
              ],
            }),
          });
        },
        variables: { launch_type: 'FARGATE_SPOT' },
      },
    };

    for (const [name, setUp] of Object.entries(HEALTHY))
      it(name, async () => {
        const findings = await check(setUp);

        expect(alarms(findings)).to.deep.equal([]);
        expect(findings.filter(({ status }) => status === 'ok').length).to.be.greaterThan(7);
      });
  });

  describe('names the one fault of a set-up', () => {
    /** Check, words of what was found, words of the fix. */
    type Expected = readonly [check: string, found: RegExp, fix: RegExp];
    const FAULTS: Readonly<Record<string, readonly [SetUp, Expected]>> = {
      'the wrong region': [
        {
          arrange: async (where) => {
            await where.call('ecs:CreateCluster', { clusterName: 'jobs' }, { region: 'eu-west-1' });
          },
          variables: { cluster: 'jobs' },
        },
        ['cluster', /'jobs' does not exist in us-east-1 .*there is one in eu-west-1/, /^Set AWS_REGION=eu-west-1/],
      ],
      'a role that may not be passed': [
        {
          arrange: async (where) => {
            await makeRoles(where);
            const Statement = [
              { Effect: 'Allow', Action: '*', Resource: '*' },
              { Effect: 'Deny', Action: 'iam:PassRole', Resource: EXECUTION },
            ];
            const document = { UserName: 'local', PolicyName: 'p', PolicyDocument: JSON.stringify({ Statement }) };
            await where.call('iam:PutUserPolicy', document);
          },
          variables: { execution_role_arn: EXECUTION },
        },
        ['iam:PassRole', /user\/local may not iam:PassRole on .*role\/execution/, /^Allow: \{"Sid":"Roles".*ecs-tasks/],
      ],
      'no route': [
        { aws: { vpcs: [PRIVATE_VPC] }, request: inSubnets(['subnet-a']) },
        ['route', /subnet-a have no route to the internet.*registry of prefecthq/, /NAT gateway/],
      ],
      'a log group that is missing': [
        {
          arrange: makeRoles,
          variables: {
            execution_role_arn: EXECUTION,
            configure_cloudwatch_logs: true,
            cloudwatch_logs_options: { 'awslogs-group': 'jobs', 'awslogs-create-group': 'false' },
          },
        },
        ['log group', /'jobs' does not exist in us-east-1/, /aws logs create-log-group --log-group-name jobs/],
      ],
      'a queue without a rule': [
        {
          arrange: async (where) => void (await makeQueue(where, 'events')),
          environment: { [QUEUE_SETTING]: 'events' },
        },
        ['task events', /No EventBridge rule sends task changes/, /put-rule .*"prefix":"wh\/".*put-targets/],
      ],
      'a role that cannot be assumed': [
        {
          arrange: (where) => makeRoles(where, 'lambda.amazonaws.com'),
          variables: { execution_role_arn: EXECUTION },
        },
        ['execution role', /cannot be assumed: .*ecs-tasks/, /aws iam update-assume-role-policy --role-name execution/],
      ],
      'an image in a foreign account': [
        {
          arrange: makeRoles,
          variables: {
            image: '999999999999.dkr.ecr.us-east-1.amazonaws.com/job:1',
            execution_role_arn: EXECUTION,
          },
        },
        ['image', /is of account 999999999999.*does not let account 123456789012/, /repository policy: .*:root/],
      ],
      'a clock that is off by ten minutes': [
        { clock: { ...systemClock, nowMs: () => systemClock.nowMs() + 600_000 } },
        ['clock', /10\.0 minutes ahead of that of AWS/, /timedatectl set-ntp true/],
      ],
      'a quota that is full': [
        {
          aws: { fargateQuotas: { onDemandVcpu: 1 } },
          arrange: async (where) => {
            await where.call('ecs:RegisterTaskDefinition', {
              family: 'other',
              cpu: '1024',
              memory: '2048',
              networkMode: 'awsvpc',
              requiresCompatibilities: ['FARGATE'],
              containerDefinitions: [{ name: 'c', image: 'i' }],
            });
            const [subnet = ''] = [...where.network.subnets.keys()];
            const awsvpcConfiguration = { subnets: [subnet] };
            await where.call('ecs:RunTask', {
              taskDefinition: 'other',
              launchType: 'FARGATE',
              networkConfiguration: { awsvpcConfiguration },
            });
          },
        },
        [
          'quota of FARGATE',
          /1 of 1 vCPUs are in use\. A task of 1 vCPU has no room/,
          /request-service-quota-increase/,
        ],
      ],
      'a cluster for Spot alone, and a pool that asks for FARGATE': [
        {
          arrange: async (where) => {
            await where.call('ecs:CreateCluster', { clusterName: 'spot', capacityProviders: ['FARGATE_SPOT'] });
          },
          variables: {
            cluster: 'spot',
            capacity_provider_strategy: [{ capacityProvider: 'FARGATE', weight: 1, base: 0 }],
          },
        },
        [
          'capacity',
          /asks for FARGATE, which cluster 'spot' does not have; it has FARGATE_SPOT/,
          /capacity_provider_strategy/,
        ],
      ],
    };

    for (const [name, [setUp, [checked, found, fix]]] of Object.entries(FAULTS))
      it(name, async () => {
        const findings = await check(setUp);

        const raised = findings.filter(({ status }) => status === 'failed' || status === 'warning');
        expect(
          raised.map(({ check }) => check),
          JSON.stringify(raised),
        ).to.deep.equal([checked]);
        expect(raised[0]?.found).to.match(found);
        expect(raised[0]?.fix).to.match(fix);
      });
  });

  it('calls what the rights at hand do not allow not checked, and says which right lacks', async () => {
    const findings = await check({
      arrange: async (where) => {
        await makeRoles(where);
        for (const operation of ['iam:GetRole', 'iam:SimulatePrincipalPolicy'])
          where.faults.add({ type: 'error', operation, code: 'AccessDenied', status: 403, times: 'always' });
      },
      variables: { execution_role_arn: EXECUTION },
    });

    expect(alarms(findings)).to.deep.equal([]);
    expect(findings.find(({ check }) => check === 'execution role')).to.deep.equal({
      check: 'execution role',
      status: 'not-checked',
      found: 'iam:GetRole is not allowed to this worker.',
      fix: 'To have it checked, allow iam:GetRole.',
    });
  });

  it('reads only', async () => {
    await check({ looksUpNetwork: true, environment: { [QUEUE_SETTING]: 'events' } });

    const operations = new Set(aws?.calls().map(({ operation }) => operation));
    expect([...operations].filter((name) => !/^(Describe|Get|List|Simulate)/.test(name))).to.deep.equal([]);
  });

  it('stops at credentials that are no good, and says so', async () => {
    const findings = await check({
      arrange: async (where) => {
        where.faults.add({
          type: 'error',
          operation: 'sts:*',
          code: 'InvalidClientTokenId',
          status: 403,
          times: 'always',
        });
      },
    });

    expect(findings.map(({ check, status }) => [check, status])).to.deep.equal([
      ['credentials', 'failed'],
      ['clock', 'ok'],
    ]);
  });

  it('names a job that no run can be launched with', async () => {
    const findings = await check({ variables: { cpu: 1024, memory: 512 } });

    expect(findings.find(({ check }) => check === 'job configuration')).to.include({ status: 'failed' });
  });
});
