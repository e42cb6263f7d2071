import { WorkerNotReadyError } from '@worker-host/core';
import { expect } from 'chai';
import { AwsAccessCheck } from '../../src/aws/access-check.js';
import type { AwsClientsProvider } from '../../src/aws/aws-clients.js';
import { AwsRegionMissingError } from '../../src/aws/errors/access-errors.js';
import { noteCall } from '../../src/aws/errors/aws-error-facts.js';
import { FakeAccounts, keysOf } from '../support/accounts.js';
import { aConfiguration } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError } from '../support/fake-ecs.js';

function createSubject(provider?: AwsClientsProvider, environment: Readonly<Record<string, string>> = {}) {
  const clock = new FakeClock();
  const aws = new FakeAccounts(clock);
  const ecs = aws.ecsOf('123456789012', 'us-east-1');
  const check = new AwsAccessCheck(provider ?? aws, clock, {
    workerName: 'w',
    workerType: 'ecs',
    workPoolName: 'p',
    environment,
    hostCollectsOutput: true,
  });
  const outcomeOf = (configuration = aConfiguration()) =>
    clock.run(
      check.check(configuration).then(
        () => 'ready',
        (reason: unknown) => reason,
      ),
    );
  return { clock, aws, ecs, check, outcomeOf };
}

describe('AwsAccessCheck', () => {
  it('calls ECS at most every 30 seconds, and once for concurrent callers', async () => {
    const { clock, ecs, check, outcomeOf } = createSubject();

    await clock.run(Promise.all([check.check(aConfiguration()), check.check(aConfiguration())]));
    await clock.advance(29_000);
    await outcomeOf();
    const calls = ecs.count('listTasks');
    await clock.advance(2_000);
    await outcomeOf();

    expect(calls).to.equal(1);
    expect(ecs.count('listTasks')).to.equal(2);
    expect(ecs.calls[0]?.input).to.deep.equal({ cluster: 'analytics', maxResults: 1 });
  });

  it('reports the call, the region and what to do for rejected credentials, and recovers by itself', async () => {
    for (const name of ['ExpiredTokenException', 'UnrecognizedClientException', 'CredentialsProviderError']) {
      const { aws, outcomeOf } = createSubject();
      const refused = awsError(name, 'no');
      noteCall(refused, { operation: 'ecs:ListTasks', region: 'us-east-1' });
      aws.failures.set('', refused);

      const outcome = await outcomeOf();
      aws.failures.clear();

      expect(outcome).to.be.instanceOf(WorkerNotReadyError).with.property('code', 'ECS_AWS_CREDENTIALS_UNUSABLE');
      expect(String(outcome)).to.include(`ecs:ListTasks in us-east-1: ${name}: no`).and.to.include('aws sso login');
      expect(await outcomeOf()).to.equal('ready');
    }
  });

  it('is not ready if the environment sets an endpoint that is not a URL', async () => {
    for (const address of ['nonsense', 'localhost:4566', 'http://', 'user:secret@host:1']) {
      const { ecs, outcomeOf } = createSubject(undefined, { AWS_ENDPOINT_URL_ECS: address });

      const outcome = await outcomeOf();

      expect(outcome, address).to.be.instanceOf(WorkerNotReadyError);
      expect(String(outcome)).to.contain('AWS_ENDPOINT_URL_ECS is no URL').and.not.to.contain('secret');
      expect(ecs.count('listTasks')).to.equal(0);
    }
    for (const address of ['', 'http://127.0.0.1:4566', 'HTTPS://ecs.example.com'])
      expect(await createSubject(undefined, { AWS_ENDPOINT_URL: address }).outcomeOf(), address).to.equal('ready');
  });

  it('is ready if ECS knows the caller, also when it denies or throttles the call', async () => {
    for (const [name, message] of [
      ['AccessDeniedException', 'User is not authorized to perform: ecs:ListTasks'],
      ['ThrottlingException', 'Rate exceeded'],
    ] as const) {
      const { aws, outcomeOf } = createSubject();
      aws.failures.set('', awsError(name, message));

      expect(await outcomeOf(), name).to.equal('ready');
    }
  });

  it('is not ready for a cluster that does not exist, and ready for others', async () => {
    const { aws, ecs, outcomeOf } = createSubject();
    aws.failures.set('', awsError('ClusterNotFoundException', 'Cluster not found.'));

    const missing = await outcomeOf();
    aws.failures.clear();
    const other = await outcomeOf(aConfiguration({ cluster: 'other' }));

    expect(missing).to.be.instanceOf(WorkerNotReadyError).with.property('code', 'ECS_CLUSTER_NOT_FOUND');
    expect(String(missing)).to.include("cluster 'analytics' does not exist in us-east-1").and.to.include('doctor');
    expect(other).to.equal('ready');
    expect(ecs.count('listTasks')).to.equal(1);
  });

  it('is not ready if the worker may not assume its role', async () => {
    const { aws, outcomeOf } = createSubject();
    aws.failures.set('', awsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'));

    expect(await outcomeOf()).to.be.instanceOf(WorkerNotReadyError);
  });

  it('is not ready if AWS does not respond, or takes more than twenty seconds', async () => {
    const silent = createSubject();
    silent.aws.failures.set('', awsError('TimeoutError', 'socket hang up', { $metadata: {} }));
    const slow = createSubject();
    slow.ecs.listTasks = () => new Promise(() => {});
    const beganMs = slow.clock.nowMs();

    expect(await silent.outcomeOf()).to.have.property('code', 'ECS_AWS_UNREACHABLE');
    expect(await slow.outcomeOf()).to.have.property('code', 'ECS_AWS_UNREACHABLE');
    expect(slow.clock.nowMs() - beganMs).to.equal(20_000);
  });

  it('is not ready without a region', async () => {
    const { outcomeOf } = createSubject({
      clientsFor: () => Promise.reject(new AwsRegionMissingError(null)),
      close() {},
    });

    expect(await outcomeOf()).to.be.instanceOf(WorkerNotReadyError);
  });

  it('distinguishes credentials of the worker and its pools from those of a run, whatever their region', async () => {
    const { check, outcomeOf } = createSubject();
    expect(check.concernsWorker(keysOf('RUN'))).to.equal(true);

    await outcomeOf(aConfiguration({ awsCredentials: keysOf('POOL') }));

    expect(check.concernsWorker(null)).to.equal(true);
    expect(check.concernsWorker(keysOf('POOL', 'eu-west-1'))).to.equal(true);
    expect(check.concernsWorker(keysOf('RUN'))).to.equal(false);
  });
});
