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
const ALL = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
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
  readonly request?: JsonObject | ((aws: LocalAws) => JsonObject);
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
    const given = typeof setUp.request === 'function' ? setUp.request(aws) : setUp.request;
    const request = setUp.looksUpNetwork ? {} : (given ?? inSubnets([subnet], 'ENABLED'));
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
    await where.call('iam:PutRolePolicy', { RoleName: 'execution', PolicyName: 'all', PolicyDocument: ALL });
  };

  const makeQueue = async (
    where: LocalAws,
    name: string,
    attributes: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const arn = `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
    const statement = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage' };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Resource: arn }] });
    await where.call('sqs:CreateQueue', { QueueName: name, Attributes: { Policy, ...attributes } });
    return arn;
  };

  const connectQueue = async (
    where: LocalAws,
    name: string,
    {
      attributes,
      State = 'ENABLED',
    }: { readonly attributes?: Readonly<Record<string, string>>; readonly State?: string } = {},
  ): Promise<void> => {
    const Arn = await makeQueue(where, name, attributes);
    await where.call('events:PutRule', { Name: 'tasks', EventPattern: RULE_PATTERN, State });
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
        const unchecked = findings.filter(({ status }) => status === 'not-checked').map(({ check: each }) => each);
        expect(unchecked.filter((each) => each !== 'image')).to.deep.equal([]);
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
        ['cluster', /'jobs' does not exist in us-east-1 .*it exists in eu-west-1/, /^Set AWS_REGION=eu-west-1/],
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
        ['iam:PassRole', /user\/local lacks iam:PassRole on .*role\/execution/, /^Allow: \{"Sid":"Roles".*ecs-tasks/],
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
        ['image', /is in account 999999999999.*denies account 123456789012/, /repository policy: .*:root/],
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
          /1 of 1 vCPUs are in use\. A task of 1 vCPU does not fit/,
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
      'a VPC that does not exist': [
        { looksUpNetwork: true, variables: { vpc_id: 'vpc-gone' } },
        ['job configuration', /vpc-gone, which does not exist/, /cause that the message names/],
      ],
      'a role of another account': [
        { variables: { execution_role_arn: 'arn:aws:iam::999999999999:role/execution' } },
        ['execution role', /is in account 999999999999; ECS accepts only roles of account 123456789012/, /^Use a role/],
      ],
      'an execution role that may not write logs': [
        {
          arrange: async (where) => {
            await makeRoles(where);
            await where.call('iam:DeleteRolePolicy', { RoleName: 'execution', PolicyName: 'all' });
            await where.call('logs:CreateLogGroup', { logGroupName: 'jobs' });
          },
          variables: {
            execution_role_arn: EXECUTION,
            configure_cloudwatch_logs: true,
            cloudwatch_logs_options: { 'awslogs-group': 'jobs', 'awslogs-create-group': 'false' },
          },
        },
        [
          'permissions of the execution role',
          /role\/execution lacks logs:CreateLogStream, logs:PutLogEvents/,
          /^Allow: .*logs:PutLogEvents/,
        ],
      ],
      'a role whose path is left out': [
        {
          arrange: makeRoles,
          variables: { task_role_arn: `arn:aws:iam::${ACCOUNT}:role/task` },
        },
        [
          'task role',
          /role\/task does not exist; the role of that name is .*role\/service\/task/,
          /^Set .*role\/service\/task/,
        ],
      ],
      'a role that only tasks of another region may assume': [
        {
          arrange: async (where) => {
            const Condition = { ArnLike: { 'aws:SourceArn': `arn:aws:ecs:eu-west-1:${ACCOUNT}:*` } };
            const [statement] = JSON.parse(trust('ecs-tasks.amazonaws.com')).Statement;
            const AssumeRolePolicyDocument = JSON.stringify({ Statement: [{ ...statement, Condition }] });
            await where.call('iam:CreateRole', { RoleName: 'task', Path: '/service/', AssumeRolePolicyDocument });
          },
          variables: { task_role_arn: TASK },
        },
        ['task role', /does not let ecs-tasks.* assume it for tasks of us-east-1/, /update-assume-role-policy/],
      ],
      'a task role that ECS may not assume': [
        {
          arrange: async (where) => {
            const AssumeRolePolicyDocument = trust('ec2.amazonaws.com');
            await where.call('iam:CreateRole', { RoleName: 'task', Path: '/service/', AssumeRolePolicyDocument });
          },
          variables: { task_role_arn: TASK },
        },
        ['task role', /cannot be assumed/, /update-assume-role-policy --role-name task /],
      ],
      'a public subnet without public addresses': [
        {
          aws: {
            vpcs: [
              { ...PRIVATE_VPC, subnets: [{ id: 'subnet-a', zone: 'a', cidr: '10.0.0.0/20', route: 'internet' }] },
            ],
          },
          request: inSubnets(['subnet-a']),
        },
        [
          'route',
          /subnet-a lead to an internet gateway, which tasks without a public address/,
          /assignPublicIp to ENABLED/,
        ],
      ],
      'subnets of several VPCs': [
        {
          aws: {
            vpcs: [
              PRIVATE_VPC,
              { id: 'vpc-b', cidr: '10.1.0.0/16', subnets: [{ id: 'subnet-c', zone: 'a', cidr: '10.1.0.0/20' }] },
            ],
          },
          request: inSubnets(['subnet-a', 'subnet-c']),
        },
        ['subnets', /several VPCs: subnet-a of vpc-private, subnet-c of vpc-b/, /^Name subnets of one VPC/],
      ],
      'private subnets without the endpoint of S3': [
        {
          aws: { vpcs: [{ ...PRIVATE_VPC, endpoints: ['ecr.api', 'ecr.dkr', 'logs'] }] },
          arrange: async (where) => {
            await makeRoles(where);
            await where.call('ecr:CreateRepository', { repositoryName: 'job' });
            await where.call('ecr:PutImage', { repositoryName: 'job', imageTag: '1' });
          },
          variables: {
            image: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/job:1`,
            execution_role_arn: EXECUTION,
          },
          request: inSubnets(['subnet-a']),
        },
        [
          'route',
          /do not reach com\.amazonaws\.us-east-1\.s3\.$/,
          /create-vpc-endpoint --vpc-id vpc-private .*\.s3 --vpc-endpoint-type Gateway --route-table-ids rtb-none-private$/,
        ],
      ],
      'a security group of another VPC': [
        {
          aws: {
            vpcs: [
              { ...PRIVATE_VPC, subnets: [{ id: 'subnet-a', zone: 'a', cidr: '10.0.0.0/20', route: 'nat' }] },
              { id: 'vpc-b', cidr: '10.1.0.0/16', subnets: [] },
            ],
          },
          request: (where) => ({
            networkConfiguration: {
              awsvpcConfiguration: {
                subnets: ['subnet-a'],
                securityGroups: [where.network.vpcs.get('vpc-b')?.securityGroupId ?? ''],
              },
            },
          }),
        },
        ['security groups', /do not belong to VPC vpc-private/, /^Use groups of VPC vpc-private/],
      ],
      'a log group that is in another region': [
        {
          arrange: async (where) => {
            await makeRoles(where);
            await where.call('logs:CreateLogGroup', { logGroupName: 'jobs' }, { region: 'eu-west-1' });
          },
          variables: {
            execution_role_arn: EXECUTION,
            configure_cloudwatch_logs: true,
            cloudwatch_logs_options: { 'awslogs-group': 'jobs', 'awslogs-create-group': 'false' },
          },
        },
        [
          'log group',
          /does not exist in us-east-1.*there is one in eu-west-1/,
          /^Set awslogs-region to eu-west-1, or run: /,
        ],
      ],
      'a rule that is disabled': [
        {
          arrange: (where) => connectQueue(where, 'events', { State: 'DISABLED' }),
          environment: { [QUEUE_SETTING]: 'events' },
        },
        ['task events', /^Rule tasks is disabled/, /aws events enable-rule --name tasks --region us-east-1/],
      ],
      'a queue that EventBridge may not send to': [
        {
          arrange: (where) =>
            connectQueue(where, 'events', {
              attributes: {
                Policy: JSON.stringify({
                  Statement: { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sqs:*', Resource: '*' },
                }),
              },
            }),
          environment: { [QUEUE_SETTING]: 'events' },
        },
        ['task events', /does not let EventBridge send/, /"Service":"events\.amazonaws\.com"/],
      ],
      'a queue policy for another rule': [
        {
          arrange: (where) =>
            connectQueue(where, 'events', {
              attributes: {
                Policy: JSON.stringify({
                  Statement: [
                    {
                      Effect: 'Allow',
                      Principal: { Service: 'events.amazonaws.com' },
                      Action: 'sqs:SendMessage',
                      Resource: `arn:aws:sqs:us-east-1:${ACCOUNT}:events`,
                      Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:events:us-east-1:${ACCOUNT}:rule/other` } },
                    },
                  ],
                }),
              },
            }),
          environment: { [QUEUE_SETTING]: 'events' },
        },
        ['task events', /does not let EventBridge send/, /aws:SourceArn|sqs:SendMessage/],
      ],
      'a queue whose dead letters go to a queue that is gone': [
        {
          arrange: async (where) => {
            const { QueueUrl } = await where.call('sqs:CreateQueue', { QueueName: 'dead' });
            const deadLetterTargetArn = `arn:aws:sqs:us-east-1:${ACCOUNT}:dead`;
            const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1000 });
            await connectQueue(where, 'events', { attributes: { RedrivePolicy } });
            await where.call('sqs:DeleteQueue', { QueueUrl });
          },
          environment: { [QUEUE_SETTING]: 'events' },
        },
        ['queue', /sends dead letters to .*:dead, which does not exist/, /create-queue --queue-name dead/],
      ],
      'a queue that is encrypted with the key of SQS': [
        {
          arrange: (where) => connectQueue(where, 'events', { attributes: { KmsMasterKeyId: 'alias/aws/sqs' } }),
          environment: { [QUEUE_SETTING]: 'events' },
        },
        ['task events', /alias\/aws\/sqs.*EventBridge may not use/, /SqsManagedSseEnabled=true/],
      ],
      'a capacity provider that is not attached to the cluster': [
        {
          aws: {
            vpcs: [{ ...PRIVATE_VPC, subnets: [{ id: 'subnet-a', zone: 'a', cidr: '10.0.0.0/20', route: 'nat' }] }],
          },
          variables: { capacity_provider_strategy: [{ capacityProvider: 'gpu', weight: 1, base: 0 }] },
          request: inSubnets(['subnet-a']),
        },
        ['capacity', /asks for gpu, which cluster 'default' does not have/, /put-cluster-capacity-providers .* gpu /],
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
      found: 'The worker has no permission iam:GetRole.',
      fix: 'To enable this check, allow iam:GetRole.',
    });
  });

  it('reads only', async () => {
    await check({ looksUpNetwork: true, environment: { [QUEUE_SETTING]: 'events' } });

    const operations = new Set(aws?.calls().map(({ operation }) => operation));
    expect([...operations].filter((name) => !/^(BatchGet|Describe|Get|List|Simulate)/.test(name))).to.deep.equal([]);
  });

  for (const code of ['InvalidClientTokenId', 'ExpiredToken'])
    it(`stops at credentials that STS refuses (${code}), and says so`, async () => {
      const findings = await check({
        arrange: async (where) => {
          where.faults.add({ type: 'error', operation: 'sts:*', code, status: 403, times: 'always' });
        },
      });

      expect(findings.map(({ check, status }) => [check, status])).to.deep.equal([
        ['credentials', 'failed'],
        ['clock', 'ok'],
      ]);
      expect(findings[0]?.fix).to.contain('aws sts get-caller-identity --region us-east-1');
    });

  it('does not blame the configuration where AWS does not answer', async () => {
    const findings = await check({
      looksUpNetwork: true,
      arrange: async (where) => {
        where.faults.add({ type: 'error', operation: '*', code: 'ServiceUnavailable', status: 503, times: 'always' });
      },
    });

    const failed = findings.filter(({ status }) => status === 'failed');
    expect(failed.map(({ check }) => check)).to.deep.equal(['cluster']);
    expect(failed[0]?.found).to.match(/^ECS does not answer: ecs:DescribeClusters in us-east-1/);
    expect(failed[0]?.fix).to.contain('AWS_ENDPOINT_URL');
    expect(findings.find(({ check }) => check === 'job configuration')?.status).to.equal('not-checked');
  });

  it('does not blame the configuration where the look-up of the network is not allowed', async () => {
    const findings = await check({
      looksUpNetwork: true,
      arrange: async (where) => {
        const operation = 'ec2:DescribeVpcs';
        where.faults.add({ type: 'error', operation, code: 'UnauthorizedOperation', status: 403, times: 'always' });
      },
    });

    expect(alarms(findings)).to.deep.equal([]);
    expect(findings.find(({ check }) => check === 'job configuration')).to.include({
      status: 'not-checked',
      fix: 'To enable this check, allow ec2:DescribeVpcs.',
    });
  });

  it('names an endpoint that is no URL, without its password', async () => {
    const refused = await check({ environment: { AWS_ENDPOINT_URL_STS: 'user:pass@host' } }).catch(String);

    expect(refused).to.contain("AWS_ENDPOINT_URL_STS is no URL: '…@host'");
  });

  it('says that a network is not known where its VPC is missing', async () => {
    const findings = await check({ looksUpNetwork: true, variables: { vpc_id: 'vpc-gone' } });

    expect(findings.find(({ check }) => check === 'network')?.status).to.equal('not-checked');
  });

  it('names a job that no run can be launched with', async () => {
    const findings = await check({ variables: { cpu: 1024, memory: 512 } });

    expect(findings.find(({ check }) => check === 'job configuration')).to.include({ status: 'failed' });
  });
});
