import { ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { isJsonObject, type JsonObject, type LaunchPreview, runJob } from '@worker-host/core';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { plugin } from '../../src/plugin.js';
import { preparedJob, RUN_ID, useTools } from './tool-subject.js';

/** No waiting after a task has ended. */
const QUICK_END = { WORKER_HOST_ECS_LOG_SETTLE_SECONDS: '0', PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false' };
const ROLE = 'arn:aws:iam::123456789012:role/execution';

describe('previewLaunch', function () {
  this.timeout(60_000);
  let aws: LocalAws;

  before(async () => {
    aws = await startLocalAws({ simulate: 'exit=0' });
  });
  after(() => aws.close());

  const credentials = (): JsonObject => ({
    aws_access_key_id: 'test',
    aws_secret_access_key: 'test',
    region_name: 'us-east-1',
    aws_client_parameters: { endpoint_url: aws.url },
  });

  const preview = async (variables: JsonObject, readsInfrastructure = false): Promise<LaunchPreview> => {
    const subject = { variables };
    const job = await preparedJob(subject);
    return useTools(subject, (tools, context) => tools.preview?.({ ...job, readsInfrastructure }, context));
  };

  const bodyOf = ({ requests }: LaunchPreview, operation: string): JsonObject | undefined =>
    requests.find((each) => each.operation === operation)?.body;

  const JOBS: readonly (readonly [string, JsonObject])[] = [
    ['the default template', { command: 'echo 1', image: 'job' }],
    [
      'Fargate Spot with sizes, environment and labels',
      {
        launch_type: 'FARGATE_SPOT',
        cpu: 512,
        memory: 1024,
        env: { A: '1' },
        labels: { team: 'b' },
        command: 'echo 1',
      },
    ],
    ['EC2', { launch_type: 'EC2', command: 'echo 1', family: 'on-ec2' }],
    [
      'CloudWatch logs',
      {
        command: 'echo 1',
        configure_cloudwatch_logs: true,
        execution_role_arn: ROLE,
        cloudwatch_logs_prefix: 'pre',
        family: 'logs',
      },
    ],
  ];

  for (const [name, variables] of JOBS)
    it(`shows the bytes that a launch sends: ${name}`, async () => {
      const given = { ...variables, aws_credentials: credentials() };

      const shown = await preview(given, true);
      const before = aws.calls({ operation: 'RunTask' }).length;
      await runJob(plugin, { variables: given, id: RUN_ID, environment: QUICK_END });

      const sent = aws.calls({ operation: 'RunTask' }).at(before)?.params as JsonObject;
      const { clientToken, startedBy, taskDefinition, ...request } = sent;
      const { taskDefinition: shownDefinition, ...body } = bodyOf(shown, 'RunTask') ?? {};
      expect(JSON.stringify(body)).to.equal(JSON.stringify(request));
      expect(String(taskDefinition)).to.match(new RegExp(`${String(shownDefinition)}$`));
      expect([clientToken, startedBy]).to.not.include(undefined);
      const registered = aws.calls({ operation: 'RegisterTaskDefinition' }).at(-1)?.params;
      expect(JSON.stringify(bodyOf(shown, 'RegisterTaskDefinition'))).to.equal(JSON.stringify(registered));
    });

  it('calls AWS only if allowed', async () => {
    const before = aws.calls().length;

    const shown = await preview({ command: 'echo 1', aws_credentials: credentials() });

    expect(aws.calls().length).to.equal(before);
    expect(bodyOf(shown, 'RunTask')).to.not.have.property('networkConfiguration');
    expect(shown.notes.join(' ')).to.contain(
      'networkConfiguration is found at the launch: the subnets of the default VPC',
    );
    expect(shown.requests.every(({ comparison }) => comparison === undefined)).to.equal(true);
  });

  it('registers and launches nothing', async () => {
    const before = aws.calls().length;

    await preview({ command: 'echo 1', aws_credentials: credentials() }, true);

    expect(
      aws
        .calls()
        .slice(before)
        .map(({ operation }) => operation),
    ).to.have.members(['DescribeTaskDefinition', 'DescribeVpcs', 'DescribeSubnets']);
  });

  it('compares the definition with the latest revision of the family', async () => {
    const ecs = new ECSClient({
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'k', secretAccessKey: 's' },
    });
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'compared',
        containerDefinitions: [{ name: 'prefect', image: 'old' }],
        cpu: '1024',
        memory: '2048',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
      }),
    );
    ecs.destroy();
    const variables = { family: 'compared', command: 'x', aws_credentials: credentials() };

    const differing = await preview({ ...variables, image: 'new' }, true);
    const equal = await preview({ ...variables, image: 'old' }, true);

    const [request] = differing.requests;
    expect(request?.comparison?.name).to.match(/:task-definition\/compared:1$/);
    const imageOf = (body: JsonObject | null | undefined): unknown => {
      const containers = body?.containerDefinitions;
      const [first = null] = Array.isArray(containers) ? containers : [];
      return isJsonObject(first) ? first.image : undefined;
    };
    expect([imageOf(request?.comparison?.current), imageOf(request?.comparison?.proposed)]).to.deep.equal([
      'old',
      'new',
    ]);
    expect(bodyOf(differing, 'RunTask')?.taskDefinition).to.equal('compared:2');
    expect(equal.requests.map(({ operation }) => operation)).to.deep.equal(['RunTask']);
    expect(bodyOf(equal, 'RunTask')?.taskDefinition).to.match(/:task-definition\/compared:1$/);
  });

  it('needs no region if it makes no calls, and reports the placeholder', async () => {
    const shown = await preview({ command: 'x' });

    expect(shown.notes.join(' ')).to.contain('No region is set; us-east-1 stands in for it.');
  });

  it('rejects what a launch rejects', async () => {
    const refused = await preview({ command: 'x', cpu: 1024, memory: 512, aws_credentials: credentials() }).then(
      () => null,
      (error: { readonly code?: string }) => error.code,
    );

    expect(refused).to.equal('ECS_TASK_RUN_REQUEST_INVALID');
  });

  it('shows the size of the overrides and the origin of what the worker creates', async () => {
    const { requests } = await preview({ command: 'x', image: 'i', env: { A: 'b' }, aws_credentials: credentials() });

    const run = requests.find(({ operation }) => operation === 'RunTask');
    const overrides = JSON.stringify(run?.body.overrides);
    expect(run?.sizes).to.deep.equal([{ what: 'overrides', value: overrides.length, limit: 8192, unit: 'characters' }]);
    expect(run?.origins).to.deep.include({
      path: ['taskDefinition'],
      from: null,
      reason: 'the definition that is found or registered',
    });
    expect(run?.origins.filter(({ from }) => from?.[0] === 'env').map(({ from }) => from?.[1])).to.include('A');
  });
});
