import {
  InfrastructureNotAvailable,
  InfrastructureNotFound,
  InfrastructureStopUnconfirmed,
  WorkerNotReadyError,
} from '@worker-host/core';
import { expect } from 'chai';
import type { AwsCredentialsValue } from '../../src/aws/aws-credentials-value.js';
import type { DescribeTasksInput, EcsTask } from '../../src/aws/ecs-api.js';
import { noteCall } from '../../src/aws/errors/aws-error-facts.js';
import { ECS_TOKENS } from '../../src/ecs-tokens.js';
import { AccountLookup } from '../../src/place/account-lookup.js';
import { PlacedClients } from '../../src/place/placed-clients.js';
import { TaskStopper } from '../../src/recovery/task-stopper.js';
import { EcsIdentifierError } from '../../src/utilities/ecs-identifier.js';
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

  it('is unconfirmed while the task is running, and confirmed when repeated', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier, taskArn } = await launched();
    ecs.deafTo.add(taskArn);

    expect(await kill(identifier)).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(await kill(identifier)).to.equal(undefined);
  });

  it('ignores a response that the task was not found, as long as it is described', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier } = await launched();
    ecs.script.stopTask = [NOT_FOUND];

    expect(await kill(identifier)).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(await kill(identifier)).to.equal(undefined);
  });

  it('resolves if ECS no longer finds a task to stop that it describes as stopped', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier, taskArn } = await launched();
    ecs.end(taskArn, 0);
    ecs.script.stopTask = [NOT_FOUND];

    expect(await kill(identifier)).to.equal(undefined);
  });

  it('waits for a task that becomes visible late, and stops it then', async () => {
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

  it('reports a task of an earlier worker as not found after half a minute without it', async () => {
    const { clock, ecs, launched, kill } = createSubject();
    const { identifier, taskArn } = await launched();
    ecs.invisible.add(taskArn);
    const beganMs = clock.nowMs();

    expect(await kill(identifier)).to.be.instanceOf(InfrastructureNotFound);
    expect(clock.nowMs() - beganMs).to.be.within(30_000, 36_000);
  });

  it('does not report a task that this worker has just launched as gone', async () => {
    const { clock, ecs, worker, kill, context } = createSubject();
    const identifier = await worker.initiateRun(aFlowRun(), aConfiguration(), context);
    ecs.invisible.add(identifier.split('::')[1] ?? '');

    const early = await kill(identifier);
    await clock.advance(10 * 60_000);
    const late = await kill(identifier);

    expect(early).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(late).to.be.instanceOf(InfrastructureNotFound);
  });

  it('reports nothing as gone for another invalid parameter', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier } = await launched();
    ecs.script.stopTask = [awsError('InvalidParameterException', 'taskId length should be one of [32,36]')];

    const error = await kill(identifier);

    expect(error).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(String(error)).to.include('taskId length');
  });

  it('names the missing permission', async () => {
    const { ecs, launched, kill } = createSubject();
    const { identifier } = await launched();
    const denied = awsError('AccessDeniedException', 'not authorized');
    noteCall(denied, { operation: 'ecs:StopTask', region: 'us-east-1' });
    ecs.script.stopTask = [denied];

    const error = await kill(identifier);

    expect(error).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(String(error)).to.include('Allow the worker ecs:StopTask');
  });

  it("reports rejected credentials as the worker's fault", async () => {
    const { aws, launched, kill } = createSubject();
    const { identifier } = await launched();
    aws.failures.set('', awsError('ExpiredTokenException', 'expired'));

    expect(await kill(identifier)).to.be.instanceOf(WorkerNotReadyError);
  });

  it("uses the worker's own credentials if those of the pool belong to another account", async () => {
    const { aws, ecs, launched, kill } = createSubject();
    aws.accounts.set('THEIRS', '999999999999');
    const { identifier, taskArn } = await launched();

    expect(await kill(identifier, aConfiguration({ awsCredentials: keysOf('THEIRS') }))).to.equal(undefined);
    expect(ecs.tasks.get(taskArn)?.desiredStatus).to.equal('STOPPED');
  });

  it('finds no task in a deleted cluster, because it has none, if the account is known', async () => {
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

describe('a watched task whose stop was requested', () => {
  it('is stopped repeatedly while it is running, at most every five seconds', async () => {
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

const CLUSTER_NOT_FOUND = awsError('ClusterNotFoundException', 'Cluster not found.');

/** A stopper, with a running task in cluster `analytics`. */
async function createStopper() {
  const clock = new FakeClock();
  const aws = new FakeAccounts(clock);
  const ecs = aws.ecsOf('123456789012', 'us-east-1');
  const ordered: string[] = [];
  const watcher = { orderStop: (taskArn: string, reason: string) => ordered.push(`${taskArn} ${reason}`) };
  const placed = new PlacedClients(aws, new AccountLookup(clock));
  const stopper = new TaskStopper(
    aws,
    placed,
    watcher as unknown as ConstructorParameters<typeof TaskStopper>[2],
    clock,
  );
  const { tasks } = await ecs.runTask({ cluster: 'analytics' });
  const taskArn = tasks[0]?.taskArn ?? '';
  ecs.step(taskArn, { lastStatus: 'RUNNING' });
  const beganMs = clock.nowMs();
  const describedAt: number[] = [];
  const describe = ecs.describeTasks.bind(ecs);
  const answerWith = (answer: (input: DescribeTasksInput) => Promise<readonly EcsTask[]>) => {
    ecs.describeTasks = async (input) => {
      describedAt.push((clock.nowMs() - beganMs) / 1000);
      return { tasks: await answer(input), failures: [] };
    };
  };
  answerWith(async (input) => (await describe(input)).tasks);
  const stop = (identifier = `analytics::${taskArn}`, credentials: AwsCredentialsValue | null = null) =>
    clock.run(stopper.stop(identifier, credentials, 'Cancelled').catch((reason: unknown) => reason));
  return { clock, aws, ecs, stopper, ordered, taskArn, describedAt, answerWith, stop };
}

describe('TaskStopper', () => {
  it('requests the stop from the watcher, and once from ECS, with the reason', async () => {
    const { ecs, ordered, taskArn, stop } = await createStopper();

    expect(await stop()).to.equal(undefined);

    expect(ordered).to.deep.equal([`${taskArn} Cancelled`]);
    expect(ecs.calls.filter(({ operation }) => operation === 'stopTask')).to.deep.equal([
      { operation: 'stopTask', input: { cluster: 'analytics', task: taskArn, reason: 'Cancelled' } },
    ]);
  });

  it('rejects an identifier without a cluster, and stops nothing', async () => {
    const { ecs, ordered, taskArn, stop } = await createStopper();

    expect(await stop(`::${taskArn}`)).to.be.instanceOf(EcsIdentifierError);
    expect([ecs.count('stopTask'), ordered.length]).to.deep.equal([0, 0]);
  });

  it('describes a task that keeps running four times within six seconds, and reports how it was last seen', async () => {
    const { ecs, taskArn, describedAt, stop } = await createStopper();
    ecs.deafTo.add(taskArn);

    const error = await stop();

    expect(error).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(String(error)).to.include('RUNNING, desired RUNNING');
    expect(describedAt).to.deep.equal([0, 1, 3, 6]);
  });

  it('describes it four times also if each description takes long', async () => {
    const { clock, ecs, taskArn, describedAt, answerWith, stop } = await createStopper();
    ecs.deafTo.add(taskArn);
    answerWith(async () => {
      await clock.sleep(20_000);
      return [{ taskArn, lastStatus: 'RUNNING', desiredStatus: 'RUNNING' }];
    });

    expect(String(await stop())).to.include('RUNNING, desired RUNNING');
    expect(describedAt).to.have.length(4);
  });

  it('does not trust a response that the task is stopping while ECS describes it as running', async () => {
    const { taskArn, describedAt, answerWith, stop } = await createStopper();
    answerWith(async () => [{ taskArn, lastStatus: 'RUNNING', desiredStatus: 'RUNNING' }]);

    expect(await stop()).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(describedAt).to.have.length(4);
  });

  it('does not look up the account of the credentials after ECS accepted the request', async () => {
    const { aws, stop } = await createStopper();
    aws.stsFailure = awsError('ExpiredTokenException', 'expired');

    expect(await stop()).to.equal(undefined);
  });

  it('counts a task as running by either of its statuses', async () => {
    for (const seen of [{ lastStatus: 'RUNNING' }, { desiredStatus: 'RUNNING' }]) {
      const { ecs, taskArn, describedAt, answerWith, stop } = await createStopper();
      ecs.script.stopTask = [NOT_FOUND];
      answerWith(async () => [{ taskArn, ...seen }]);

      expect(await stop()).to.be.instanceOf(InfrastructureStopUnconfirmed);
      expect(describedAt).to.deep.equal([0]);
    }
  });

  it('trusts a response that the task is stopping if ECS no longer returns the task', async () => {
    const { answerWith, describedAt, stop } = await createStopper();
    answerWith(async () => []);

    expect(await stop()).to.equal(undefined);
    expect(describedAt).to.deep.equal([0]);
  });

  it('is unconfirmed after half a minute if the request was accepted, and the task neither stopped nor appears', async () => {
    const { ecs, taskArn, answerWith, describedAt, stop } = await createStopper();
    ecs.deafTo.add(taskArn);
    answerWith(async () => []);

    const error = await stop();

    expect(error).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(String(error)).to.include('not visible yet');
    expect(describedAt).to.deep.equal([0, 1, 3, 6, 10, 15, 20, 25, 30]);
  });

  it("reports the task as not found after half a minute, with ECS's error as the cause", async () => {
    const { ecs, answerWith, describedAt, stop } = await createStopper();
    ecs.script.stopTask = [NOT_FOUND];
    answerWith(async () => []);

    const error = await stop();

    expect(error).to.be.instanceOf(InfrastructureNotFound);
    expect((error as Error).cause).to.equal(NOT_FOUND);
    expect(describedAt.at(-1)).to.equal(30);
  });

  it('remembers the last two thousand launches, and their times', async () => {
    const { clock, ecs, stopper, taskArn, answerWith, stop } = await createStopper();
    await clock.advance(60 * 60_000);
    answerWith(async () => []);
    ecs.script.stopTask = [NOT_FOUND, NOT_FOUND];

    stopper.noteLaunch(taskArn);
    for (let index = 1; index < 2_000; index += 1) stopper.noteLaunch(`arn:${index}`);
    const remembered = await stop();
    for (let index = 0; index < 2_000; index += 1) stopper.noteLaunch(`arn:${index}`);
    const forgotten = await stop();

    expect(remembered).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(forgotten).to.be.instanceOf(InfrastructureNotFound);
  });

  it('forgets the oldest launch beyond two thousand', async () => {
    const { ecs, stopper, taskArn, answerWith, stop } = await createStopper();
    answerWith(async () => []);
    ecs.script.stopTask = [NOT_FOUND];

    stopper.noteLaunch(taskArn);
    for (let index = 0; index < 2_000; index += 1) stopper.noteLaunch(`arn:${index}`);

    expect(await stop()).to.be.instanceOf(InfrastructureNotFound);
  });

  it("uses the task's region with the given credentials, and their own if it has none", async () => {
    const { aws, stop } = await createStopper();
    const given: unknown[] = [];
    const clientsFor = aws.clientsFor.bind(aws);
    aws.clientsFor = (credentials, region) => {
      given.push([credentials?.awsAccessKeyId ?? null, region]);
      return clientsFor(credentials, region);
    };

    await stop('analytics::arn:aws:ecs:eu-west-1:123456789012:task/analytics/1', keysOf('THEIRS'));
    expect(given[0]).to.deep.equal(['THEIRS', 'eu-west-1']);
    given.length = 0;
    await stop('analytics::1', keysOf('THEIRS'));
    expect(given).to.deep.equal([['THEIRS', null]]);
  });

  it('repeats the request only with other credentials', async () => {
    const { ecs, stop } = await createStopper();
    ecs.script.stopTask = [NOT_FOUND];

    await stop();

    expect(ecs.count('stopTask')).to.equal(1);
  });

  it('does not conclude that a task is gone from a missing cluster if the identifier contains no account', async () => {
    const { ecs, stop } = await createStopper();
    ecs.script.stopTask = [CLUSTER_NOT_FOUND];

    const error = await stop('analytics::1');

    expect(error).to.be.instanceOf(InfrastructureNotAvailable);
    expect(String(error)).to.include("'analytics' was not found in account unknown, region us-east-1");
  });

  it('reports the account and region in which the cluster was not found', async () => {
    const { ecs, stop } = await createStopper();
    ecs.script.stopTask = [CLUSTER_NOT_FOUND];

    const error = await stop();

    expect(error).to.be.instanceOf(InfrastructureNotFound).and.to.have.property('cause', CLUSTER_NOT_FOUND);
    expect(String(error)).to.include("'analytics' was not found in account 123456789012, region us-east-1");
  });

  it('does not treat another error as a task that is not found, whatever its text', async () => {
    const { ecs, describedAt, stop } = await createStopper();
    ecs.script.stopTask = [awsError('ClientException', 'The referenced task was not found.')];

    const error = await stop();

    expect(error).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(String(error)).to.include('the request failed').and.not.to.include('undefined');
    expect(describedAt).to.deep.equal([]);
  });

  it("passes on AWS's errors about the credentials, for the request and the description", async () => {
    const expired = awsError('ExpiredTokenException', 'expired');
    for (const operation of ['stopTask', 'describeTasks']) {
      const { ecs, stop } = await createStopper();
      ecs.script[operation] = [expired];

      expect(await stop()).to.equal(expired);
    }
  });

  it('reports why the task could not be described, and which permission is missing', async () => {
    const denied = awsError('AccessDeniedException', 'not authorized');
    noteCall(denied, { operation: 'ecs:DescribeTasks', region: 'us-east-1' });
    const { ecs, stop } = await createStopper();

    ecs.script.describeTasks = [denied];
    const ofDenial = await stop();
    ecs.script.describeTasks = [awsError('ServerException', 'try later')];
    const ofServer = await stop();

    expect(ofDenial).to.be.instanceOf(InfrastructureStopUnconfirmed);
    expect(String(ofDenial)).to.include('could not be described').and.to.include('Allow the worker ecs:DescribeTasks');
    expect(ofServer).to.be.instanceOf(InfrastructureStopUnconfirmed).and.to.have.property('cause');
    expect(String(ofServer)).to.include('try later').and.not.to.include('null');
  });
});
