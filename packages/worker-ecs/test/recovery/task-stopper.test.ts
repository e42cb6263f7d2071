import {
  InfrastructureNotAvailable,
  InfrastructureNotFound,
  InfrastructureStopUnconfirmed,
  WorkerNotReadyError,
} from '@worker-host/core';
import { expect } from 'chai';
import { noteCall } from '../../src/aws/aws-error-facts.js';
import { ECS_TOKENS } from '../../src/ecs-tokens.js';
import { FakeAccounts, keysOf } from '../support/accounts.js';
import { aConfiguration, aFlowRun, aPreparedTaskRun, RememberingContext } from '../support/builders.js';
import { anEcsWorker } from '../support/ecs-container.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError } from '../support/fake-ecs.js';

const NOT_FOUND = awsError('InvalidParameterException', 'The referenced task was not found.');

function createSubject(environment: Record<string, string> = {}) {
  const clock = new FakeClock();
  const aws = new FakeAccounts(clock);
  const ecs = aws.ecsOf('123456789012', 'us-east-1');
  const preparer = { prepare: async () => aPreparedTaskRun(), prewarm: async () => {} };
  const aWorker = () =>
    anEcsWorker({
      clock,
      options: { environment },
      parts: [
        [ECS_TOKENS.AwsClients, aws],
        [ECS_TOKENS.TaskRunPreparer, preparer],
      ],
    });
  const worker = aWorker();
  const context = new RememberingContext();
  /** A task that an earlier worker launched. */
  const launched = async () => {
    const identifier = await aWorker().initiateRun(aFlowRun(), aConfiguration(), context);
    return { identifier, taskArn: identifier.split('::')[1] ?? '' };
  };
  const kill = (identifier: string, configuration = aConfiguration()) =>
    clock.run(worker.killInfrastructure(identifier, configuration).catch((reason: unknown) => reason));
  return { clock, aws, ecs, worker, launched, kill, context };
}

describe('killInfrastructure', () => {
  it('resolves once the task is described as stopping', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier } = await launched();

    expect(await kill(identifier)).to.equal(undefined);
    expect(ecs.calls.slice(-2).map(({ operation }) => operation)).to.deep.equal(['stopTask', 'describeTasks']);
  });

  it('is unconfirmed while the task is seen running, and confirmed when asked again', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier, taskArn } = await launched();
    ecs.deafTo.add(taskArn);

    expect(await kill(identifier)).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(await kill(identifier)).to.equal(undefined);
  });

  it('is not taken in by an answer that the task was not found, as long as it is seen', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier } = await launched();
    ecs.script.stopTask = [NOT_FOUND];

    expect(await kill(identifier)).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(await kill(identifier)).to.equal(undefined);
  });

  it('resolves where ECS no longer finds a task to stop that it describes as stopped', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier, taskArn } = await launched();
    ecs.end(taskArn, 0);
    ecs.script.stopTask = [NOT_FOUND];

    expect(await kill(identifier)).to.equal(undefined);
  });

  it('waits for a task that shows late, and orders it to stop then', async () => {
    const { clock, ecs, worker, launched } = createSubject();
    const { identifier, taskArn } = await launched();
    ecs.invisible.add(taskArn);
    const killing = worker.killInfrastructure(identifier, aConfiguration()).catch((reason: unknown) => reason);
    await clock.advance(20_000);
    ecs.invisible.clear();

    expect(await clock.run(killing)).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(await clock.run(worker.killInfrastructure(identifier, aConfiguration()))).to.equal(undefined);
    expect(ecs.tasks.get(taskArn)?.desiredStatus).to.equal('STOPPED');
  });

  it('finds no task of an earlier worker after half a minute in which it did not show', async () => {
    const { clock, ecs, launched, kill } = createSubject();
    const { identifier, taskArn } = await launched();
    ecs.invisible.add(taskArn);
    const beganMs = clock.nowMs();

    expect(await kill(identifier)).to.be.instanceOf(InfrastructureNotFound);
    expect(clock.nowMs() - beganMs).to.be.within(30_000, 36_000);
  });

  it('does not call a task gone that this worker launched a moment ago', async () => {
    const { clock, ecs, worker, kill, context } = createSubject();
    const identifier = await worker.initiateRun(aFlowRun(), aConfiguration(), context);
    ecs.invisible.add(identifier.split('::')[1] ?? '');

    const early = await kill(identifier);
    await clock.advance(10 * 60_000);
    const late = await kill(identifier);

    expect(early).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(late).to.be.instanceOf(InfrastructureNotFound);
  });

  it('calls nothing gone for another wrong parameter', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier } = await launched();
    ecs.script.stopTask = [awsError('InvalidParameterException', 'taskId length should be one of [32,36]')];

    const error = await kill(identifier);

    expect(error).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(String(error)).to.include('taskId length');
  });

  it('names the permission that is missing', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier } = await launched();
    const denied = awsError('AccessDeniedException', 'not authorized');
    noteCall(denied, { operation: 'ecs:StopTask', region: 'us-east-1' });
    ecs.script.stopTask = [denied];

    const error = await kill(identifier);

    expect(error).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(String(error)).to.include('ecs:StopTask');
  });

  it("is the worker's fault where the credentials are refused", async () => {
    const { aws, launched, kill } = createSubject();
    const { identifier } = await launched();
    aws.failures.set('', awsError('ExpiredTokenException', 'expired'));

    expect(await kill(identifier)).to.be.instanceOf(WorkerNotReadyError);
  });

  it("turns to the worker's own credentials where those of the pool are of another account", async () => {
    const { aws, ecs, launched, kill } = createSubject();
    aws.accounts.set('THEIRS', '999999999999');
    const { identifier, taskArn } = await launched();

    expect(await kill(identifier, aConfiguration({ awsCredentials: keysOf('THEIRS') }))).to.equal(undefined);
    expect(ecs.tasks.get(taskArn)?.desiredStatus).to.equal('STOPPED');
  });

  it('finds no task in a cluster that was deleted, as that has no tasks, where the account is known', async () => {
    const { aws, ecs, kill } = createSubject();
    const identifier = 'gone::arn:aws:ecs:us-east-1:123456789012:task/gone/0123';
    const clusterNotFound = awsError('ClusterNotFoundException', 'Cluster not found.');
    ecs.script.stopTask = [clusterNotFound, clusterNotFound];

    const known = await kill(identifier);
    const { kill: killElsewhere, aws: elsewhere, ecs: otherEcs } = createSubject();
    elsewhere.stsFailure = awsError('TimeoutError', 'socket hang up', { $metadata: {} });
    otherEcs.script.stopTask = [clusterNotFound, clusterNotFound];
    const unknown = await killElsewhere(identifier);

    expect(aws.stsFailure).to.equal(null);
    expect(known).to.be.instanceOf(InfrastructureNotFound);
    expect(unknown).to.be.instanceOf(InfrastructureNotAvailable);
  });
});

describe('a watched task whose stop was ordered', () => {
  it('is ordered again for as long as it is seen running, every five seconds at most', async () => {
    const { clock, ecs, worker, context } = createSubject();
    const running = worker.run(aFlowRun(), aConfiguration(), context);
    await clock.advance(10);
    const [taskArn = ''] = [...ecs.tasks.keys()];
    ecs.step(taskArn, { lastStatus: 'RUNNING' });
    await clock.advance(120_000);
    ecs.script.stopTask = Array.from({ length: 3 }, () => NOT_FOUND);

    const killing = worker.killInfrastructure(`analytics::${taskArn}`, aConfiguration()).catch(() => {});
    await clock.advance(5_000);
    const afterFive = ecs.count('stopTask');
    await clock.advance(25_000);
    await killing;
    const { desiredStatus } = ecs.tasks.get(taskArn) ?? {};
    ecs.end(taskArn, 137, { stopCode: 'UserInitiated' });
    const result = await clock.run(running);

    expect(afterFive).to.equal(1);
    expect(ecs.count('stopTask')).to.equal(4);
    expect(desiredStatus).to.equal('STOPPED');
    expect(result.end?.stopRequested).to.equal(true);
  });
});
