import {
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeVpcEndpointsCommand,
} from '@aws-sdk/client-ec2';
import { expect } from 'chai';
import { createInProcessAws, type InProcessAws } from '../../src/local-aws/index.js';
import { closeSubjects, createSubject } from './support.js';

const ACCOUNT = '123456789012';
const USER = `arn:aws:iam::${ACCOUNT}:user/local`;
const TRUST = JSON.stringify({ Statement: [] });

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: Error) => error.name,
  );

describe('local-aws: services for setup', () => {
  let aws: InProcessAws;
  beforeEach(() => {
    aws = createInProcessAws({ simulate: 'sleep=forever', fargateQuotas: { onDemandVcpu: 6 } });
  });
  afterEach(async () => {
    await aws.close();
    await closeSubjects();
  });

  it('routes subnets as their VPC requires, and reports its endpoints', async () => {
    const subnets = [
      { id: 'subnet-nat', zone: 'a', cidr: '10.0.0.0/24', route: 'nat' as const },
      { id: 'subnet-main', zone: 'a', cidr: '10.0.1.0/24' },
    ];
    const { ec2 } = await createSubject({
      vpcs: [{ id: 'vpc-1', cidr: '10.0.0.0/16', subnets, endpoints: ['s3', 'logs'] }],
    });
    const tablesBy = async (Name: string, Value: string) => {
      const answer = await ec2.send(new DescribeRouteTablesCommand({ Filters: [{ Name, Values: [Value] }] }));
      return answer.RouteTables ?? [];
    };

    const [own] = await tablesBy('association.subnet-id', 'subnet-nat');
    const [main] = await tablesBy('association.main', 'true');
    const { VpcEndpoints } = await ec2.send(new DescribeVpcEndpointsCommand({}));

    expect(own?.Routes?.map(({ DestinationCidrBlock }) => DestinationCidrBlock)).to.deep.equal([
      '10.0.0.0/16',
      '0.0.0.0/0',
    ]);
    expect(own?.Routes?.at(-1)?.NatGatewayId).to.match(/^nat-/);
    const gateway = own?.Routes?.at(-1)?.NatGatewayId ?? '';
    const { NatGateways } = await ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [gateway] }));
    expect(NatGateways).to.deep.equal([
      { NatGatewayId: gateway, VpcId: 'vpc-1', State: 'available', ConnectivityType: 'public' },
    ]);
    const unknown = ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: ['nat-gone'] }));
    expect(await codeOf(unknown)).to.equal('NatGatewayNotFound');
    expect(await tablesBy('association.subnet-id', 'subnet-main')).to.deep.equal([]);
    expect(main?.Routes).to.have.length(1);
    expect(VpcEndpoints?.map(({ ServiceName }) => ServiceName)).to.deep.equal([
      'com.amazonaws.us-east-1.s3',
      'com.amazonaws.us-east-1.logs',
    ]);
    expect(VpcEndpoints?.[0]?.RouteTableIds).to.have.members([own?.RouteTableId, main?.RouteTableId]);
    expect(VpcEndpoints?.[1]).to.include({ VpcEndpointType: 'Interface', PrivateDnsEnabled: true });
  });

  it('has an instance with room in every cluster', async () => {
    const { containerInstanceArns: arns } = await aws.call('ecs:ListContainerInstances', {});
    const containerInstances = [...(arns as readonly string[]), 'gone'];
    const answer = await aws.call('ecs:DescribeContainerInstances', { containerInstances });

    expect(arns).to.have.length(1);
    expect((await aws.call('ecs:ListContainerInstances', { status: 'DRAINING' })).containerInstanceArns).to.deep.equal(
      [],
    );
    expect(answer.failures).to.deep.equal([{ arn: 'gone', reason: 'MISSING' }]);
    expect((answer.containerInstances as readonly object[])[0]).to.include({ agentConnected: true, status: 'ACTIVE' });
  });

  it('shares roles of an account between regions, and reports missing ones', async () => {
    await aws.call('iam:CreateRole', { RoleName: 'r', Path: '/team/', AssumeRolePolicyDocument: TRUST });

    const { Role } = await aws.call('iam:GetRole', { RoleName: 'r' }, { region: 'eu-west-1' });

    expect(Role).to.include({
      Arn: `arn:aws:iam::${ACCOUNT}:role/team/r`,
      AssumeRolePolicyDocument: encodeURIComponent(TRUST),
    });
    expect(await codeOf(aws.call('iam:CreateRole', { RoleName: 'r' }))).to.equal('EntityAlreadyExists');
    await aws.call('iam:DeleteRole', { RoleName: 'r' });
    expect(await codeOf(aws.call('iam:GetRole', { RoleName: 'r' }))).to.equal('NoSuchEntity');
  });

  it('simulates policies: allowed, not mentioned, denied, and under a condition', async () => {
    const decisionOf = async (action: string, resource = '*', service = 'x'): Promise<unknown> => {
      const { EvaluationResults } = await aws.call('iam:SimulatePrincipalPolicy', {
        PolicySourceArn: USER,
        ActionNames: [action],
        ResourceArns: [resource],
        ContextEntries: [{ ContextKeyName: 'iam:PassedToService', ContextKeyValues: [service] }],
      });
      return (EvaluationResults as readonly { readonly EvalDecision: string }[])[0]?.EvalDecision;
    };
    const before = await decisionOf('ecs:RunTask');
    const Statement = [
      { Effect: 'Allow', Action: 'ecs:*', Resource: '*' },
      { Effect: 'Deny', Action: 'ecs:StopTask', Resource: 'arn:x/*' },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: '*',
        Condition: { StringEquals: { 'iam:PassedToService': 'y' } },
      },
    ];
    const policy = { UserName: 'local', PolicyName: 'p', PolicyDocument: JSON.stringify({ Statement }) };
    await aws.call('iam:PutUserPolicy', policy);

    expect(before).to.equal('allowed');
    expect(await decisionOf('ecs:RunTask')).to.equal('allowed');
    expect(await decisionOf('sqs:SendMessage')).to.equal('implicitDeny');
    expect([await decisionOf('ecs:StopTask', 'arn:x/1'), await decisionOf('ecs:StopTask', 'arn:y')]).to.deep.equal([
      'explicitDeny',
      'allowed',
    ]);
    expect([await decisionOf('iam:PassRole', '*', 'y'), await decisionOf('iam:PassRole')]).to.deep.equal([
      'allowed',
      'implicitDeny',
    ]);
  });

  const launch = async (): Promise<void> => {
    await aws.call('ecs:RegisterTaskDefinition', {
      family: 'job',
      cpu: '2048',
      memory: '4096',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      containerDefinitions: [{ name: 'c', image: 'i' }],
    });
    const [subnet = ''] = [...aws.network.subnets.keys()];
    await aws.call('ecs:RunTask', {
      taskDefinition: 'job',
      launchType: 'FARGATE',
      startedBy: 'wh/1',
      networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
    });
  };

  it('sends task changes only to the queues of rules whose pattern matches', async () => {
    const patterns = {
      mine: { source: ['aws.ecs'], detail: { startedBy: [{ prefix: 'wh/' }] } },
      others: { source: ['aws.ecs'], detail: { startedBy: [{ 'anything-but': ['wh/1'] }] } },
      off: { source: ['aws.ecs'] },
    };
    for (const [name, pattern] of Object.entries(patterns)) {
      await aws.call('sqs:CreateQueue', { QueueName: name });
      const State = name === 'off' ? 'DISABLED' : 'ENABLED';
      await aws.call('events:PutRule', { Name: name, EventPattern: JSON.stringify(pattern), State });
      const Arn = `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
      await aws.call('events:PutTargets', { Rule: name, Targets: [{ Id: 'q', Arn }] });
    }

    await launch();

    const countOf = async (name: string): Promise<number> => {
      const { QueueUrl } = await aws.call('sqs:GetQueueUrl', { QueueName: name });
      const { Messages = [] } = await aws.call('sqs:ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      return (Messages as readonly unknown[]).length;
    };
    expect(await countOf('mine')).to.be.greaterThan(0);
    expect([await countOf('others'), await countOf('off')]).to.deep.equal([0, 0]);
    const target = { TargetArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:mine` };
    expect(await aws.call('events:ListRuleNamesByTarget', target)).to.deep.equal({ RuleNames: ['mine'] });
    expect(await codeOf(aws.call('events:DeleteRule', { Name: 'mine' }))).to.equal('ValidationException');
    await aws.call('events:RemoveTargets', { Rule: 'mine', Ids: ['q'] });
    await aws.call('events:DeleteRule', { Name: 'mine' });
    expect(await codeOf(aws.call('events:DescribeRule', { Name: 'mine' }))).to.equal('ResourceNotFoundException');
  });

  it("returns an account's quota, and the default", async () => {
    const named = { ServiceCode: 'fargate', QuotaCode: 'L-3032A538' };

    const { Quota: own } = await aws.call('servicequotas:GetServiceQuota', named);
    const { Quota: default_ } = await aws.call('servicequotas:GetAWSDefaultServiceQuota', named);

    expect([own, default_]).to.have.nested.property('[0].Value', 6);
    expect([own, default_]).to.have.nested.property('[1].Value', 4000);
    const unknown = { ...named, QuotaCode: 'L-0' };
    expect(await codeOf(aws.call('servicequotas:GetAWSDefaultServiceQuota', unknown))).to.equal(
      'NoSuchResourceException',
    );
  });

  it('reports the vCPUs of Fargate in use and their quota', async () => {
    await launch();

    const { Quota } = await aws.call('servicequotas:GetServiceQuota', {
      ServiceCode: 'fargate',
      QuotaCode: 'L-3032A538',
    });
    const { MetricNamespace, MetricName, MetricDimensions } = (
      Quota as { readonly UsageMetric: Record<string, object> }
    ).UsageMetric;
    const { Datapoints } = await aws.call('cloudwatch:GetMetricStatistics', {
      Namespace: MetricNamespace,
      MetricName,
      Dimensions: Object.entries(MetricDimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
    });

    expect(Quota).to.include({ Value: 6 });
    expect((Datapoints as readonly object[])[0]).to.include({ Maximum: 2 });
    const other = { ServiceCode: 'fargate', QuotaCode: 'L-0' };
    expect(await codeOf(aws.call('servicequotas:GetServiceQuota', other))).to.equal('NoSuchResourceException');
  });

  it('describes images of its own repositories, and rejects those of other accounts', async () => {
    await aws.call('ecr:CreateRepository', { repositoryName: 'job' });
    await aws.call('ecr:PutImage', { repositoryName: 'job', imageTag: '1' });
    const describe = (repositoryName: string, imageTag: string, registryId = ACCOUNT): Promise<string> =>
      codeOf(aws.call('ecr:DescribeImages', { registryId, repositoryName, imageIds: [{ imageTag }] }));

    expect(await describe('job', '1')).to.equal('done');
    expect(await describe('job', '2')).to.equal('ImageNotFoundException');
    expect(await describe('other', '1')).to.equal('RepositoryNotFoundException');
    expect(await describe('job', '1', '999999999999')).to.equal('AccessDeniedException');
    await aws.call('ecr:PutImage', { repositoryName: 'job', imageTag: '2', imageManifest: '{"manifests":[]}' });
    const imageIds = [{ imageTag: '2' }, { imageTag: '3' }];
    const { images, failures } = await aws.call('ecr:BatchGetImage', { repositoryName: 'job', imageIds });
    expect((images as readonly object[])[0]).to.include({ imageManifest: '{"manifests":[]}' });
    expect((failures as readonly object[])[0]).to.include({ failureCode: 'ImageNotFound' });
  });
});
