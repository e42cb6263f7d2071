import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, runJob } from '@worker-host/core';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { plugin } from '../../../src/plugin.js';
import { preparedJob, type ToolSubject, useTools } from '../tool-subject.js';

const ACCOUNT = '123456789012';
const EXECUTION = `arn:aws:iam::${ACCOUNT}:role/execution`;
const TASK = `arn:aws:iam::${ACCOUNT}:role/team/task`;

const write = async (
  subject: ToolSubject,
  { roles = ['worker'], format = 'json', account = null as string | null } = {},
): Promise<{ readonly text: string; readonly notes: readonly string[] }> => {
  const job = await preparedJob(subject);
  return useTools(subject, (tools, context) => tools.permissions?.write({ ...job, roles, format, account }, context));
};

const statementsOf = async (subject: ToolSubject, role = 'worker'): Promise<Readonly<Record<string, JsonObject>>> => {
  const { text } = await write(subject, { roles: [role] });
  const { Statement } = JSON.parse(text) as { readonly Statement: readonly JsonObject[] };
  return Object.fromEntries(Statement.map((statement) => [String(statement.Sid), statement]));
};

const FULL: ToolSubject = {
  pool: 'my pool',
  environment: { AWS_REGION: 'eu-west-1' },
  variables: {
    cluster: 'jobs',
    family: 'job',
    image: `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/team/job:7`,
    execution_role_arn: EXECUTION,
    task_role_arn: TASK,
    configure_cloudwatch_logs: true,
    prefect_api_key_secret_arn: `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:key-AbCdEf:api::`,
    auto_deregister_task_definition: true,
  },
};

describe('the least privileges of a pool', () => {
  it('of the worker contain its cluster, families, roles, log groups and queue', async () => {
    const { Launch, Tasks, Definitions, Roles, Network, Output, Events } = await statementsOf(FULL);

    expect(Launch).to.deep.equal({
      Sid: 'Launch',
      Effect: 'Allow',
      Action: ['ecs:RunTask'],
      Resource: [`arn:aws:ecs:eu-west-1:${ACCOUNT}:task-definition/job:*`],
      Condition: { ArnEquals: { 'ecs:cluster': `arn:aws:ecs:eu-west-1:${ACCOUNT}:cluster/jobs` } },
    });
    expect(Tasks?.Resource).to.deep.equal([`arn:aws:ecs:eu-west-1:${ACCOUNT}:task/jobs/*`]);
    expect(Definitions?.Action).to.include('ecs:DeregisterTaskDefinition');
    expect(Roles?.Resource).to.deep.equal([TASK, EXECUTION]);
    expect(Roles?.Condition).to.deep.equal({ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
    expect(Network?.Action).to.deep.equal(['ec2:DescribeSubnets', 'ec2:DescribeVpcs']);
    expect(Output?.Resource).to.deep.equal([`arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:prefect:*`]);
    expect(Events?.Resource).to.deep.equal([`arn:aws:sqs:eu-west-1:${ACCOUNT}:prefect-ecs-tasks-events`]);
  });

  it('of the worker omit what the pool does not use', async () => {
    const statements = await statementsOf({
      pool: 'p',
      environment: { AWS_REGION: 'eu-west-1', PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false' },
      variables: { task_definition_arn: `arn:aws:ecs:eu-west-1:${ACCOUNT}:task-definition/job:3` },
    });

    expect(Object.keys(statements)).to.deep.equal(['Launch', 'Tasks', 'Search', 'Tags', 'Definitions', 'Network']);
    expect(statements.Definitions?.Action).to.deep.equal(['ecs:DescribeTaskDefinition']);
    expect(statements.Launch?.Resource).to.deep.equal([`arn:aws:ecs:eu-west-1:${ACCOUNT}:task-definition/job:*`]);
  });

  it('of the execution role cover image, output and secrets', async () => {
    const { Registry, Images, Output, OutputGroups, Secrets } = await statementsOf(FULL, 'execution');

    expect(Registry?.Resource).to.deep.equal(['*']);
    expect(Images?.Resource).to.deep.equal([`arn:aws:ecr:eu-west-1:${ACCOUNT}:repository/team/job`]);
    expect(Output?.Action).to.deep.equal(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(OutputGroups?.Action).to.deep.equal(['logs:CreateLogGroup']);
    expect(Secrets?.Resource).to.deep.equal([`arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:key-AbCdEf`]);
  });

  it('report what is unknown, and how to provide it', async () => {
    const unknown = await write({ variables: {} });
    const told = await write({ variables: {}, environment: { AWS_REGION: 'eu-west-1' } }, { account: '111122223333' });

    expect(unknown.text).to.contain('arn:aws:ecs:REGION:ACCOUNT:cluster/default');
    expect(unknown.notes[0]).to.equal(
      'Replace ACCOUNT with the number of the account (or pass --account) and REGION with the region (or set AWS_REGION).',
    );
    expect(told.text).to.contain('arn:aws:ecs:eu-west-1:111122223333:cluster/default');
    expect(told.notes.join(' ')).to.not.contain('Replace');
  });

  it('say that a definition that is not read may have roles and log groups', async () => {
    const { notes } = await write({ variables: { task_definition_arn: 'job:3' } });

    expect(notes.join(' ')).to.contain('add iam:PassRole on its roles, and logs:FilterLogEvents and logs:GetLogEvents');
  });

  it('are of the partition of the region', async () => {
    const { Launch } = await statementsOf({ variables: {}, environment: { AWS_REGION: 'cn-north-1' } });

    expect(JSON.stringify(Launch)).to.contain('arn:aws-cn:ecs:cn-north-1:');
  });

  it('are available as Terraform and as a CloudFormation template', async () => {
    const roles = ['worker', 'execution', 'task'];
    const terraform = (await write(FULL, { roles, format: 'terraform' })).text;
    const template: unknown = JSON.parse((await write(FULL, { roles, format: 'cloudformation' })).text);

    expect(
      [...terraform.matchAll(/^resource "(\w+)" "(\w+)"/gm)].map(([, type, name]) => `${type}.${name}`),
    ).to.deep.equal([
      'aws_iam_policy.worker',
      'aws_iam_role.execution',
      'aws_iam_policy.execution',
      'aws_iam_role_policy_attachment.execution',
      'aws_iam_role.task',
    ]);
    expect(terraform).to.contain('name   = "worker-host-my-pool-worker"');
    const resources = isJsonObject(template as JsonObject) ? (template as { Resources: JsonObject }).Resources : {};
    expect(Object.keys(resources)).to.deep.equal(['WorkerPolicy', 'ExecutionRole', 'TaskRole']);
    expect(JSON.stringify(resources.ExecutionRole)).to.contain('"Service":"ecs-tasks.amazonaws.com"');
  });

  it('of doctor equal those of docs/iam.md', async () => {
    const page = readFileSync(new URL('../../../../docs/iam.md', import.meta.url), 'utf8');
    const [, json = ''] = /## Doctor[\s\S]*?```json\n([\s\S]*?)```/.exec(page) ?? [];

    expect(JSON.parse((await write({ variables: {} }, { roles: ['doctor'] })).text)).to.deep.equal({
      ...JSON.parse(json),
      Statement: [{ ...JSON.parse(json).Statement[0], Resource: ['*'] }],
    });
  });

  describe('on local AWS', function () {
    this.timeout(120_000);
    let aws: LocalAws;
    before(async () => {
      aws = await startLocalAws();
      const AssumeRolePolicyDocument = '{}';
      await aws.call('iam:CreateRole', { RoleName: 'execution', AssumeRolePolicyDocument });
      await aws.call('iam:CreateRole', { RoleName: 'task', Path: '/team/', AssumeRolePolicyDocument });
    });
    after(() => aws.close());

    const JOBS: Readonly<Record<string, JsonObject>> = {
      'with the defaults': {},
      'with a cluster, roles, output and its definition removed': {
        cluster: 'jobs',
        execution_role_arn: EXECUTION,
        task_role_arn: TASK,
        configure_cloudwatch_logs: true,
        auto_deregister_task_definition: true,
      },
      'on Spot, in a family of its own': { launch_type: 'FARGATE_SPOT', family: 'my jobs!' },
      'with a definition that exists': { task_definition_arn: 'existing' },
    };
    for (const [job, own] of Object.entries(JOBS))
      it(`allow each call of a job ${job}`, async () => {
        const AWSVPC = { networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' };
        const containerDefinitions = [{ name: 'prefect', image: 'job' }];
        await aws.call('ecs:RegisterTaskDefinition', { family: 'existing', ...AWSVPC, containerDefinitions });
        await aws.call('ecs:CreateCluster', { clusterName: 'jobs' });
        const keys = { aws_access_key_id: 'k', aws_secret_access_key: 's', region_name: 'us-east-1' };
        const aws_credentials = { ...keys, aws_client_parameters: { endpoint_url: aws.url } };
        const variables = { ...own, aws_credentials };
        const environment = { ...aws.environment, PATH: process.env.PATH ?? '' };
        const statements = Object.values(await statementsOf({ pool: 'runJob', variables, environment }));
        const allowed = statements.flatMap(({ Action }) => Action as readonly string[]);
        aws.clearCalls();

        await runJob(plugin, { variables: { ...variables, command: 'echo done' }, environment });

        const called = new Set(aws.calls().map(({ service, operation }) => `${service}:${operation}`));
        expect(called).to.include('ecs:RunTask');
        expect([...called].filter((name) => name !== 'sts:GetCallerIdentity' && !allowed.includes(name))).to.deep.equal(
          [],
        );
      });

    it('are enough for what the check asks, and each is missed where it is taken away', async () => {
      const variables = {
        ...FULL.variables,
        aws_credentials: {
          aws_access_key_id: 'k',
          aws_secret_access_key: 's',
          aws_client_parameters: { endpoint_url: aws.url },
        },
      };
      const subject = { ...FULL, variables, environment: { ...aws.environment, AWS_REGION: 'eu-west-1' } };
      const put = async (role: string, owner: JsonObject, without: string | null): Promise<void> => {
        const { text } = await write(subject, { roles: [role] });
        const policy = JSON.parse(text) as { Statement: readonly JsonObject[] };
        const Statement = policy.Statement.filter(({ Sid }) => Sid !== without);
        const document = { PolicyName: 'least', PolicyDocument: JSON.stringify({ ...policy, Statement }) };
        await aws.call(owner.RoleName ? 'iam:PutRolePolicy' : 'iam:PutUserPolicy', { ...owner, ...document });
      };
      const failures = async (): Promise<readonly string[]> => {
        const job = await preparedJob(subject);
        const findings = await useTools(subject, (tools, context) => tools.permissions?.check(job, context));
        return findings
          .filter(({ status, check }) => status === 'failed' && /permissions|PassRole/.test(check))
          .map(({ fix }) => fix);
      };
      await put('worker', { UserName: 'local' }, null);
      await put('execution', { RoleName: 'execution' }, null);
      expect(await failures()).to.deep.equal([]);

      for (const sid of ['Launch', 'Roles', 'Events']) {
        await put('worker', { UserName: 'local' }, sid);
        expect((await failures()).join(' '), sid).to.contain(`Allow: {"Sid":"${sid}"`);
      }
      await put('worker', { UserName: 'local' }, null);
      await put('execution', { RoleName: 'execution' }, 'Images');
      expect((await failures()).join(' ')).to.contain('Allow: {"Sid":"Images"');
    });
  });
});
