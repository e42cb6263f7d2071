import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@worker-host/core';
import { systemClock } from '@worker-host/core';
import { startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { type AwsQuery, listIn, type QueryValues, textIn } from '../../../src/tools/aws/aws-query.js';
import { SignedAwsQuery } from '../../../src/tools/aws/signed-aws-query.js';
import { deploymentErrorOf, StackNotFoundError } from '../../../src/tools/deployment/deployment-errors.js';
import { Stacks } from '../../../src/tools/deployment/stacks.js';
import { tools } from '../../../src/tools/tools.js';
import { useTools } from '../tool-subject.js';

const TEMPLATES = fileURLToPath(new URL('../../../../templates/', import.meta.url));
/** Made by .ci/run: a Python environment with cfn-lint and moto. */
const VENV = process.env.WORKER_HOST_CFN_VENV || join(homedir(), '.cache', 'worker-host', 'cfn-venv');
const ORDER = { name: 's', kind: 'events', template: '{}', parameters: { A: '1' } };

const QUICK: Pick<Clock, 'nowMs' | 'sleep'> = { nowMs: () => 0, sleep: async () => {} };

/** CloudFormation that answers each action from a list, the last of which it repeats. */
class ScriptedQuery implements AwsQuery {
  readonly region = 'us-east-1';
  readonly clockAheadMs = null;
  readonly calls: (readonly [action: string, input: QueryValues])[] = [];

  constructor(private readonly script: Readonly<Record<string, (QueryValues | Error)[]>>) {}

  async call(_service: string, action: string, input: QueryValues = {}): Promise<QueryValues> {
    this.calls.push([action, input]);
    const answers = this.script[action] ?? [{}];
    const [answer = {}] = answers.length > 1 ? answers.splice(0, 1) : answers;
    if (answer instanceof Error) throw answer;
    return answer;
  }

  in(): AwsQuery {
    return this;
  }

  close(): void {}

  get actions(): readonly string[] {
    return this.calls.map(([action]) => action).filter((action) => !action.startsWith('Describe'));
  }
}

const missing = Object.assign(new Error('Stack with id s does not exist'), { name: 'ValidationError' });
const stack = (StackStatus: string, more: QueryValues = {}): QueryValues => ({
  Stacks: [{ StackName: 's', StackStatus, Tags: [{ Key: 'worker-host:kind', Value: 'events' }], ...more }],
});
const changeSet = {
  Status: 'CREATE_COMPLETE',
  Changes: [{ ResourceChange: { Action: 'Add', LogicalResourceId: 'Queue', ResourceType: 'AWS::SQS::Queue' } }],
};

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: { readonly code?: string }) => error.code ?? 'none',
  );

describe('the deployment of stacks', () => {
  it('carries a change set out, and says in words what it does', async () => {
    const DescribeStacks = [missing, stack('CREATE_IN_PROGRESS'), stack('CREATE_COMPLETE')];
    const DescribeChangeSet = [{ Status: 'CREATE_IN_PROGRESS' }, changeSet];
    const query = new ScriptedQuery({ DescribeStacks, DescribeChangeSet });

    const changes = await new Stacks(query, QUICK).deploy(ORDER, false);

    expect(changes).to.deep.equal(['Creates Queue (AWS::SQS::Queue).']);
    expect(query.actions).to.deep.equal(['CreateChangeSet', 'ExecuteChangeSet']);
    expect(query.calls[1]?.[1]).to.deep.include({
      ChangeSetType: 'CREATE',
      Capabilities: ['CAPABILITY_IAM'],
      Parameters: [{ ParameterKey: 'A', ParameterValue: '1' }],
      Tags: [{ Key: 'worker-host:kind', Value: 'events' }],
    });
  });

  it('leaves nothing behind after a dry run of a new stack, and the stack after one of an old one', async () => {
    const fresh = new ScriptedQuery({ DescribeStacks: [missing], DescribeChangeSet: [changeSet] });
    const old = new ScriptedQuery({ DescribeStacks: [stack('CREATE_COMPLETE')], DescribeChangeSet: [changeSet] });

    await new Stacks(fresh, QUICK).deploy(ORDER, true);
    await new Stacks(old, QUICK).deploy(ORDER, true);

    expect(fresh.actions).to.deep.equal(['CreateChangeSet', 'DeleteChangeSet', 'DeleteStack']);
    expect(old.actions).to.deep.equal(['CreateChangeSet', 'DeleteChangeSet']);
  });

  it('keeps the parameters that are not given', async () => {
    const Parameters = [
      { ParameterKey: 'A', ParameterValue: '0' },
      { ParameterKey: 'B', ParameterValue: '2' },
    ];
    const DescribeStacks = [stack('UPDATE_COMPLETE', { Parameters })];
    const query = new ScriptedQuery({ DescribeStacks, DescribeChangeSet: [changeSet] });

    await new Stacks(query, QUICK).deploy(ORDER, false);

    expect(query.calls[1]?.[1].Parameters).to.deep.equal([
      { ParameterKey: 'A', ParameterValue: '1' },
      { ParameterKey: 'B', UsePreviousValue: true },
    ]);
  });

  it('has nothing to do where nothing differs', async () => {
    const StatusReason = "The submitted information didn't contain changes.";
    const DescribeChangeSet = [{ Status: 'FAILED', StatusReason }];
    const query = new ScriptedQuery({ DescribeStacks: [stack('CREATE_COMPLETE')], DescribeChangeSet });

    expect(await new Stacks(query, QUICK).deploy(ORDER, false)).to.deep.equal([]);
    expect(query.actions).to.deep.equal(['CreateChangeSet', 'DeleteChangeSet']);
  });

  it('names the first resource that failed where all was rolled back', async () => {
    const DescribeStacks = [missing, stack('ROLLBACK_COMPLETE')];
    const StackEvents = [
      {
        ResourceStatus: 'CREATE_FAILED',
        LogicalResourceId: 'Rule',
        ResourceStatusReason: 'Resource creation cancelled',
      },
      { ResourceStatus: 'CREATE_FAILED', LogicalResourceId: 'Queue', ResourceStatusReason: 'A queue already exists' },
    ];
    const script = { DescribeStacks, DescribeChangeSet: [changeSet], DescribeStackEvents: [{ StackEvents }] };

    const refused = await new Stacks(new ScriptedQuery(script), QUICK).deploy(ORDER, false).catch(String);

    expect(refused).to.contain("stack 's': ROLLBACK_COMPLETE: Queue: A queue already exists");
  });

  it('leaves nothing behind of a change set that CloudFormation cannot make', async () => {
    const DescribeChangeSet = [{ Status: 'FAILED', StatusReason: 'Template error: no such resource' }];
    const query = new ScriptedQuery({ DescribeStacks: [missing], DescribeChangeSet });

    expect(await new Stacks(query, QUICK).deploy(ORDER, true).catch(String)).to.contain('no such resource');
    expect(query.actions).to.deep.equal(['CreateChangeSet', 'DeleteChangeSet', 'DeleteStack']);
  });

  it('leaves nothing behind of a change set that CloudFormation does not begin', async () => {
    const ExecuteChangeSet = [Object.assign(new Error('no'), { name: 'InternalFailure' })];
    const query = new ScriptedQuery({ DescribeStacks: [missing], DescribeChangeSet: [changeSet], ExecuteChangeSet });

    expect(await codeOf(new Stacks(query, QUICK).deploy(ORDER, false))).to.equal('ECS_DEPLOYMENT_REFUSED');
    expect(query.actions.slice(-2)).to.deep.equal(['DeleteChangeSet', 'DeleteStack']);
  });

  it('leaves a stack in review that was there before', async () => {
    const query = new ScriptedQuery({ DescribeStacks: [stack('REVIEW_IN_PROGRESS')], DescribeChangeSet: [changeSet] });

    await new Stacks(query, QUICK).deploy(ORDER, true);

    expect(query.calls.find(([action]) => action === 'CreateChangeSet')?.[1].ChangeSetType).to.equal('CREATE');
    expect(query.actions).to.deep.equal(['CreateChangeSet', 'DeleteChangeSet']);
  });

  it('says that a stack whose creation was rolled back must be deleted first', async () => {
    const query = new ScriptedQuery({ DescribeStacks: [stack('ROLLBACK_COMPLETE')] });

    const refused = await new Stacks(query, QUICK).deploy(ORDER, false).catch(String);

    expect(refused).to.contain('worker-host deploy delete s');
    expect(query.actions).to.deep.equal([]);
  });

  it('leaves stacks alone that it did not make', async () => {
    const foreign = new ScriptedQuery({ DescribeStacks: [stack('CREATE_COMPLETE', { Tags: [] })] });
    const other = new ScriptedQuery({ DescribeStacks: [stack('CREATE_COMPLETE')] });

    expect(await codeOf(new Stacks(foreign, QUICK).deploy(ORDER, false))).to.equal('ECS_STACK_CONFLICT');
    expect(await codeOf(new Stacks(foreign, QUICK).delete('s'))).to.equal('ECS_STACK_NOT_FOUND');
    expect(await codeOf(new Stacks(other, QUICK).deploy({ ...ORDER, kind: 'service' }, true))).to.equal(
      'ECS_STACK_CONFLICT',
    );
    expect([...foreign.actions, ...other.actions]).to.deep.equal([]);
    expect(await new Stacks(foreign, QUICK).list()).to.deep.equal([]);
  });

  it('lists its own, on all pages, with their outputs', async () => {
    const Outputs = [{ OutputKey: 'QueueName', OutputValue: 'q' }];
    const first = { ...stack('CREATE_COMPLETE', { Outputs }), NextToken: 't' };
    const query = new ScriptedQuery({ DescribeStacks: [first, stack('UPDATE_COMPLETE', { Tags: [] })] });

    expect(await new Stacks(query, QUICK).list()).to.deep.equal([
      { name: 's', kind: 'events', status: 'CREATE_COMPLETE', outputs: { QueueName: 'q' } },
    ]);
    expect(query.calls[1]?.[1]).to.deep.equal({ NextToken: 't' });
  });

  it('says what CloudFormation refuses', async () => {
    const CreateChangeSet = [
      Object.assign(new Error('Parameters: [Image] must have values'), { name: 'ValidationError' }),
    ];
    const query = new ScriptedQuery({ DescribeStacks: [missing], CreateChangeSet });

    expect(await codeOf(new Stacks(query, QUICK).deploy(ORDER, false))).to.equal('ECS_DEPLOYMENT_REFUSED');
  });
});

describe('deployment', () => {
  it('says where there is no CloudFormation', async () => {
    const aws = await startLocalAws();
    const { environment } = aws;
    // The SDK reads keys from the environment of the process alone.
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      const refused = await useTools({ variables: {}, environment }, (tools, context) =>
        tools.deployment?.list(context).then(
          () => null,
          (error: unknown) => error,
        ),
      );

      expect(refused).to.include({ code: 'ECS_DEPLOYMENT_UNAVAILABLE' });
      expect(String(refused)).to.contain('no service that answers DescribeStacks').and.to.contain('export-template');
    } finally {
      process.env = before;
      await aws.close();
    }
  });

  it('says which permission is missing, and leaves errors of ours alone', () => {
    const message = 'User: arn:aws:iam::1:user/u is not authorized to perform: cloudformation:DescribeStacks';
    const denial = Object.assign(new Error(message), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    const own = new StackNotFoundError('s');

    expect(deploymentErrorOf(denial)).to.include({ code: 'ECS_DEPLOYMENT_FORBIDDEN' });
    expect(String(deploymentErrorOf(denial))).to.contain('Allow the worker cloudformation:DescribeStacks');
    expect(deploymentErrorOf(own)).to.equal(own);
  });
});

describe('the templates of deployments', function () {
  this.timeout(120_000);
  let moto: ChildProcess | null = null;

  before(function () {
    if (existsSync(join(VENV, 'bin', 'cfn-lint'))) return;
    console.log(
      `      skipped: no cfn-lint and moto in ${VENV}; .ci/run installs them, or name their place in WORKER_HOST_CFN_VENV`,
    );
    this.skip();
  });
  after(() => void moto?.kill());

  it('are good for cfn-lint', () => {
    const files = (tools.deployment?.kinds ?? []).map((kind) => join(TEMPLATES, `${kind}.yaml`));

    expect(execFileSync(join(VENV, 'bin', 'cfn-lint'), files, { encoding: 'utf8' })).to.equal('');
    expect(files).to.have.length(2);
  });

  it('go up, are found, change nothing twice, and leave nothing over on moto', async () => {
    const endpoint = await startMoto();
    const keys = { awsAccessKeyId: 'k', awsSecretAccessKey: 's', awsSessionToken: null, profileName: null };
    const credentials = {
      ...keys,
      regionName: null,
      assumeRoleArn: null,
      assumeRoleKwargs: null,
      awsClientParameters: null,
    };
    const query = await SignedAwsQuery.open(credentials, 'us-east-1', {
      environment: { AWS_ENDPOINT_URL: endpoint },
      clock: systemClock,
    });
    const stacks = new Stacks(query, { ...QUICK, nowMs: systemClock.nowMs });
    const template = async (kind: string): Promise<string> => (await tools.deployment?.template(kind)) ?? '';
    const events = { name: 'e', kind: 'events', template: await template('events'), parameters: {} };
    const [subnet] = listIn(await query.call('ec2', 'DescribeSubnets'), 'subnetSet');
    await query.call('ecs', 'CreateCluster', { clusterName: 'default' });
    const parameters = {
      PoolName: 'p',
      Image: 'i',
      Subnets: textIn(subnet, 'subnetId'),
      PrefectApiUrl: 'http://x/api',
      MaxCount: '3',
      PassedRoleArns: 'arn:aws:iam::123456789012:role/job',
      PrefectApiKeySecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key',
    };
    const service = { name: 's', kind: 'service', template: await template('service'), parameters };

    const planned = await stacks.deploy(events, true);
    expect(await stacks.list()).to.deep.equal([]);
    expect(await stacks.deploy(events, false)).to.deep.equal(planned);
    expect(await stacks.deploy(events, false)).to.deep.equal([]);
    expect((await stacks.deploy(service, true)).join(' ')).to.contain('Creates Service (AWS::ECS::Service).');

    const [found, ...others] = await stacks.list();
    expect(found).to.deep.include({ name: 'e', kind: 'events', status: 'CREATE_COMPLETE' });
    expect(others).to.deep.equal([]);
    const left = async (): Promise<readonly unknown[]> => [
      (await query.call('sqs', 'ListQueues')).QueueUrls ?? [],
      (await query.call('events', 'ListRules')).Rules ?? [],
      (await query.call('logs', 'DescribeLogGroups')).logGroups ?? [],
      listIn(await query.call('iam', 'ListRoles'), 'Roles'),
    ];
    await stacks.deploy(service, false);
    expect((await left()).map((each) => (each as readonly unknown[]).length)).to.deep.equal([2, 1, 1, 2]);
    // moto does not delete the services of a stack.
    expect((await query.call('ecs', 'ListServices', { cluster: 'default' })).serviceArns).to.have.length(1);
    await stacks.delete('s');
    await stacks.delete('e');
    expect(await left()).to.deep.equal([[], [], [], []]);
    expect(await stacks.list()).to.deep.equal([]);
    query.close();
  });

  /** Resolves with its address once it answers. */
  async function startMoto(): Promise<string> {
    const port = await freePort();
    const args = ['-H', '127.0.0.1', '-p', String(port)];
    moto = spawn(join(VENV, 'bin', 'moto_server'), args, { stdio: 'ignore' });
    const endpoint = `http://127.0.0.1:${port}`;
    for (;;) {
      const isUp = await fetch(`${endpoint}/moto-api/data.json`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isUp) return endpoint;
      if (moto.exitCode !== null) throw new Error(`moto ended with ${moto.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  function freePort(): Promise<number> {
    return new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        server.close(() => resolve(port));
      });
    });
  }
});
