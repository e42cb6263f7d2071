import type { RunProgress } from '@worker-host/core';
import { expect } from 'chai';
import {
  CapacityUnavailableError,
  LaunchOutcomeUnknownError,
  LaunchRefusedError,
  LaunchUnansweredError,
} from '../../src/task-run/launch-errors.js';
import { aLaunchOrder, aPreparedTaskRun, DEFINITION_ARN, silentLogger } from '../support/builders.js';
import { awsError } from '../support/fake-ecs.js';
import { aLaunchSubject, failureOf, NO_CAPACITY } from '../support/launch-subject.js';

describe('EcsTaskLauncher', () => {
  it('launches with one call and a token of 64 hexadecimal digits', async () => {
    const { launch, ecs, sent } = aLaunchSubject();

    const launched = await launch();

    expect(launched.adopted).to.equal(false);
    expect(launched.clusterArn).to.equal('arn:aws:ecs:us-east-1:123456789012:cluster/analytics');
    expect(sent('clientToken')[0]).to.match(/^[0-9a-f]{64}$/);
    expect(ecs.calls.map(({ operation }) => operation)).to.deep.equal(['runTask']);
  });

  it('sends the same token again after a lost response, and so has one task', async () => {
    const { launch, ecs, sent } = aLaunchSubject();
    ecs.script.runTask = ['lost', awsError('ServerException', 'x', { $metadata: { httpStatusCode: 500 } })];

    const launched = await launch();

    expect(new Set(sent('clientToken')).size).to.equal(1);
    expect(sent('clientToken')).to.have.length(3);
    expect(ecs.tasks.size).to.equal(1);
    expect([...ecs.tasks.keys()]).to.deep.equal([launched.task.taskArn]);
  });

  it('has one task when two workers launch the same attempt', async () => {
    const { launch, ecs } = aLaunchSubject();

    const [first, second] = await Promise.all([launch(), launch()]);

    expect(ecs.tasks.size).to.equal(1);
    expect(first.task.taskArn).to.equal(second.task.taskArn);
  });

  it('adopts the task in a conflict', async () => {
    const { launch, ecs } = aLaunchSubject();
    const first = await launch();

    const prepared = aPreparedTaskRun({ request: { taskDefinition: `${DEFINITION_ARN}9`, cluster: 'analytics' } });
    const second = await launch({ prepared });

    expect(second.adopted).to.equal(true);
    expect(second.task.taskArn).to.equal(first.task.taskArn);
    expect(ecs.tasks.size).to.equal(1);
  });

  it('adopts a task by its ARN alone if the conflict names one that is not visible yet', async () => {
    const { launch, ecs } = aLaunchSubject();
    const taskArn = 'arn:aws:ecs:us-east-1:123456789012:task/analytics/abc';
    ecs.script.runTask = [awsError('ConflictException', 'x', { resourceIds: [taskArn] })];

    const launched = await launch();

    expect(launched.task.taskArn).to.equal(taskArn);
    expect(launched.clusterArn).to.equal('arn:aws:ecs:us-east-1:123456789012:cluster/analytics');
  });

  it('searches again for the task of a conflict without one, and never uses a new token', async () => {
    const { launch, ecs, sent } = aLaunchSubject();
    const first = await launch();
    const conflict = awsError('ConflictException', 'x', { resourceIds: [] });
    ecs.script.runTask = [conflict, conflict];
    ecs.invisible.add(first.task.taskArn);

    const second = await launch({
      logger: { ...silentLogger, warn: () => void setImmediate(() => ecs.invisible.clear()) },
    });

    expect(second.task.taskArn).to.equal(first.task.taskArn);
    expect(new Set(sent('clientToken')).size).to.equal(1);
    expect(ecs.tasks.size).to.equal(1);
  });

  it('continues after a worker with other parameters waited for capacity, once no task was found for a minute', async () => {
    const { launch, ecs, sent, clock } = aLaunchSubject({ capacityWaitSeconds: 0 });
    ecs.script.runTask = [NO_CAPACITY, NO_CAPACITY, NO_CAPACITY];
    await failureOf(launch());
    const beganMs = clock.nowMs();

    const prepared = aPreparedTaskRun({ request: { taskDefinition: `${DEFINITION_ARN}9`, cluster: 'analytics' } });
    const launched = await launch({ prepared, mayHaveLaunched: true });

    expect(launched.adopted).to.equal(false);
    expect([...ecs.tasks.keys()]).to.deep.equal([launched.task.taskArn]);
    expect(new Set(sent('clientToken')).size).to.equal(4);
    expect(clock.nowMs() - beganMs).to.be.within(60_000, 120_000);
  });

  it('reports an unknown outcome if a conflict names no task and ECS may have forgotten one', async () => {
    const { launch, ecs, clock } = aLaunchSubject();
    ecs.script.runTask = Array.from({ length: 50 }, () => awsError('ConflictException', 'x', { resourceIds: [] }));
    await clock.advance(55 * 60_000);

    const error = await failureOf(launch());

    expect(error).to.be.instanceOf(LaunchOutcomeUnknownError);
    expect(error.message).to.include('ConflictException: x');
    expect(ecs.tasks.size).to.equal(0);
  });

  it('does not retry forever if classes of errors alternate', async () => {
    const { launch, ecs, clock } = aLaunchSubject({ capacityWaitSeconds: 300, launchPatienceSeconds: 300 });
    const throttle = awsError('ThrottlingException', 'Rate exceeded');
    ecs.script.runTask = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? NO_CAPACITY : throttle));
    const beganMs = clock.nowMs();

    await failureOf(launch());

    expect(clock.nowMs() - beganMs).to.be.within(300_000, 400_000);
  });

  it('uses a new token after a response that placed nothing, and waits minutes for capacity', async () => {
    const { launch, ecs, sent, clock } = aLaunchSubject();
    const beganMs = clock.nowMs();
    const phases: RunProgress[] = [];
    ecs.script.runTask = Array.from({ length: 8 }, () => NO_CAPACITY);

    await launch({ progress: (progress) => phases.push(progress) });

    expect(new Set(sent('clientToken')).size).to.equal(9);
    expect(clock.nowMs() - beganMs).to.be.greaterThan(3 * 60_000);
    expect(phases).to.have.length(8);
    expect(phases[7]).to.include({ phase: 'waiting-for-capacity', sinceMs: beganMs });
  });

  it('gives up waiting for capacity at its time limit', async () => {
    const { launch, ecs, clock } = aLaunchSubject({ capacityWaitSeconds: 300 });
    const beganMs = clock.nowMs();
    ecs.script.runTask = Array.from({ length: 100 }, () => NO_CAPACITY);

    const error = await failureOf(launch());

    expect(error).to.be.instanceOf(CapacityUnavailableError);
    expect(error.message).to.include('Capacity is unavailable');
    expect(clock.nowMs() - beganMs).to.be.within(300_000, 400_000);
  });

  it('counts only attempts if waiting is disabled', async () => {
    const { launch, ecs, sent } = aLaunchSubject({ capacityWaitSeconds: 0, launchMaxAttempts: 3 });
    ecs.script.runTask = [NO_CAPACITY, NO_CAPACITY, NO_CAPACITY];

    const error = await failureOf(launch());

    expect(error).to.be.instanceOf(CapacityUnavailableError);
    expect(sent('clientToken')).to.have.length(3);
    expect(ecs.tasks.size).to.equal(0);
  });

  it('uses the same sequence of tokens in another process, so that a restart while it waits launches once', async () => {
    const { launch, ecs } = aLaunchSubject();
    ecs.script.runTask = [NO_CAPACITY, NO_CAPACITY];
    const first = await launch();

    const second = await launch();

    expect(second.task.taskArn).to.equal(first.task.taskArn);
    expect(ecs.tasks.size).to.equal(1);
  });

  it('launches again with another token for another relaunch or attempt', async () => {
    const { launch, ecs } = aLaunchSubject();

    await launch();
    await launch({ relaunch: 1 });
    await launch({ attempt: { flowRunId: 'x', id: 'another', startedAtMs: 0 } });

    expect(ecs.tasks.size).to.equal(3);
  });

  it('fails immediately on permanent errors', async () => {
    const { launch, ecs, clock } = aLaunchSubject();
    const beganMs = clock.nowMs();
    ecs.script.runTask = [awsError('AccessDeniedException', 'User is not authorized to perform: ecs:RunTask')];

    const error = await failureOf(launch());

    expect(error).to.be.instanceOf(LaunchRefusedError);
    expect(error.message).to.include('ecs:RunTask');
    expect(clock.nowMs()).to.equal(beganMs);
  });

  it('retries after throttling, with increasing delays and the same token', async () => {
    const { launch, ecs, sent, clock } = aLaunchSubject();
    const beganMs = clock.nowMs();
    ecs.script.runTask = Array.from({ length: 6 }, () => awsError('ThrottlingException', 'Rate exceeded'));

    await launch();

    expect(new Set(sent('clientToken')).size).to.equal(1);
    expect(clock.nowMs() - beganMs).to.be.greaterThan(60_000);
  });

  it('gives up after throttling at its time limit', async () => {
    const { launch, ecs } = aLaunchSubject({ launchPatienceSeconds: 60 });
    ecs.script.runTask = Array.from({ length: 50 }, () => awsError('ThrottlingException', 'Rate exceeded'));

    expect(await failureOf(launch())).to.be.instanceOf(LaunchUnansweredError);
  });

  it('gets another definition if ECS reports that it is inactive', async () => {
    const { launch, ecs, sent } = aLaunchSubject();
    ecs.script.runTask = [awsError('ClientException', 'TaskDefinition is inactive')];
    const renewed = aPreparedTaskRun({ request: { taskDefinition: `${DEFINITION_ARN}2`, cluster: 'analytics' } });

    const launched = await launch({ prepare: async (renew) => (renew ? renewed : aPreparedTaskRun()) });

    expect(sent('taskDefinition')).to.deep.equal([DEFINITION_ARN, `${DEFINITION_ARN}2`]);
    expect(launched.prepared).to.equal(renewed);
  });

  it('fails if the definition is inactive and there is no other', async () => {
    const { launch, ecs } = aLaunchSubject();
    ecs.script.runTask = Array.from({ length: 3 }, () =>
      awsError('InvalidParameterException', 'TaskDefinition is inactive'),
    );

    const error = await failureOf(launch());

    expect(error).to.be.instanceOf(LaunchRefusedError);
    expect(error.message).to.include(DEFINITION_ARN);
  });

  it('waits shortly for a definition that was only just registered', async () => {
    const { launch, ecs, sent } = aLaunchSubject();
    ecs.script.runTask = [awsError('ClientException', 'TaskDefinition not found.')];

    await launch({
      prepare: (renew) => (renew ? Promise.reject(new Error('not yet')) : Promise.resolve(aPreparedTaskRun())),
    });

    expect(sent('taskDefinition')).to.deep.equal([DEFINITION_ARN, DEFINITION_ARN]);
  });

  describe('when an earlier process may have launched', () => {
    it('searches for the task before it sends anything', async () => {
      const { launch, ecs } = aLaunchSubject();
      const first = await launch();

      const second = await launch({ mayHaveLaunched: true });

      expect(second).to.deep.include({ adopted: true });
      expect(second.task.taskArn).to.equal(first.task.taskArn);
      expect(ecs.count('runTask')).to.equal(1);
    });

    it('gets an ended task by its token, after one search of running tasks', async () => {
      const { launch, ecs } = aLaunchSubject();
      const first = await launch();
      ecs.end(first.task.taskArn, 0);

      const second = await launch({ mayHaveLaunched: true });

      expect(second.task.taskArn).to.equal(first.task.taskArn);
      expect(ecs.tasks.size).to.equal(1);
      expect(ecs.count('listTasks')).to.equal(1);
    });

    it('searches ended tasks if the token no longer guards', async () => {
      const { launch, ecs, clock } = aLaunchSubject();
      const first = await launch();
      ecs.end(first.task.taskArn, 0);
      await clock.advance(55 * 60_000);

      const second = await launch({ mayHaveLaunched: true });

      expect(second.task).to.include({ taskArn: first.task.taskArn, lastStatus: 'STOPPED' });
      expect(ecs.count('runTask')).to.equal(1);
    });

    it('launches if there is none and the token still guards', async () => {
      const { launch, ecs } = aLaunchSubject();

      const launched = await launch({ mayHaveLaunched: true });

      expect(launched.adopted).to.equal(false);
      expect(ecs.tasks.size).to.equal(1);
    });

    it('launches nothing if ECS may have forgotten a task that ran', async () => {
      const { launch, ecs, clock } = aLaunchSubject();
      await clock.advance(2 * 3_600_000);

      const error = await failureOf(launch({ mayHaveLaunched: true }));

      expect(error).to.be.instanceOf(LaunchOutcomeUnknownError);
      expect(ecs.count('runTask')).to.equal(0);
    });
  });

  describe('when the run is cancelled', () => {
    it('launches nothing', async () => {
      const { launch, ecs } = aLaunchSubject();

      const error = await failureOf(launch({ cancelled: AbortSignal.abort(new Error('cancelled')) }));

      expect(error.message).to.equal('cancelled');
      expect(ecs.calls).to.deep.equal([]);
    });

    it('stops waiting for capacity', async () => {
      const { clock, ecs, clients, launcher } = aLaunchSubject();
      const cancel = new AbortController();
      ecs.script.runTask = Array.from({ length: 50 }, () => NO_CAPACITY);
      const launching = launcher.launch(aLaunchOrder({ clients, cancelled: cancel.signal }));
      launching.catch(() => {});
      await clock.advance(20_000);

      cancel.abort(new Error('cancelled'));

      expect((await failureOf(clock.run(launching))).message).to.equal('cancelled');
      expect(ecs.tasks.size).to.equal(0);
    });

    it('returns the task that a lost response had started, so that it can be stopped', async () => {
      const { clock, ecs, clients, launcher } = aLaunchSubject();
      const cancel = new AbortController();
      ecs.script.runTask = ['lost'];
      const launching = launcher.launch(aLaunchOrder({ clients, cancelled: cancel.signal }));
      await clock.advance(100);

      cancel.abort(new Error('cancelled'));
      const launched = await clock.run(launching);

      expect([...ecs.tasks.keys()]).to.deep.equal([launched.task.taskArn]);
      expect(ecs.count('runTask')).to.equal(1);
    });
  });

  it('switches to on-demand capacity from the configured relaunch, and not before', async () => {
    const { launch, sent } = aLaunchSubject({ onDemandFromRelaunch: 2 });
    const prepared = aPreparedTaskRun({
      request: {
        taskDefinition: DEFINITION_ARN,
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      },
    });

    await launch({ prepared, relaunch: 1 });
    await launch({ prepared, relaunch: 2 });

    expect(sent('launchType')).to.deep.equal([undefined, 'FARGATE']);
    expect(sent('capacityProviderStrategy')[1]).to.equal(undefined);
  });
});
