import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTasksCommand, ListTasksCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { CAPACITY_REASONS } from '../../src/local-aws/index.js';
import {
  closeSubjects,
  createSubject,
  idOf,
  launch,
  launchOne,
  ManualClock,
  NO_PHASES,
  registerFargate,
  type Subject,
} from './support.js';

const ENDLESS = { simulate: 'sleep=forever' };

async function createRegistered(options = {}): Promise<Subject> {
  const subject = await createSubject({ ...ENDLESS, ...options });
  await registerFargate(subject);
  return subject;
}

describe('local-aws: faults of tasks', () => {
  afterEach(closeSubjects);

  for (const [reason, text] of Object.entries(CAPACITY_REASONS)) {
    it(`rejects a launch for lack of ${reason} with a 200`, async () => {
      const subject = await createRegistered();
      subject.aws.faults.add({ type: 'capacity', reason });

      const { tasks, failures } = await launch(subject);

      expect(tasks).to.deep.equal([]);
      expect(failures).to.deep.equal([{ reason: text }]);
      expect((await launch(subject)).tasks).to.have.length(1);
    });
  }

  it('rejects some of several tasks, and only those that match', async () => {
    const subject = await createRegistered();
    subject.aws.faults.add({ type: 'capacity', times: 'always', match: { capacityProvider: 'FARGATE_SPOT' } });
    const strategy = ['FARGATE_SPOT', 'FARGATE'].map((capacityProvider) => ({ capacityProvider, weight: 1 }));

    const { tasks, failures } = await launch(subject, {
      launchType: undefined,
      capacityProviderStrategy: strategy.slice(1),
      count: 2,
    });
    const spot = await launch(subject, {
      launchType: undefined,
      capacityProviderStrategy: strategy.slice(0, 1),
      count: 2,
    });

    expect([tasks?.length, failures?.length]).to.deep.equal([2, 0]);
    expect([spot.tasks?.length, spot.failures?.length]).to.deep.equal([0, 2]);
  });

  it('makes an image pull fail: no code runs, no exit code', async () => {
    const subject = await createRegistered();
    subject.aws.faults.add({ type: 'image-pull-failure', match: { startedBy: 'bad*' } });

    const good = await launchOne(subject, { startedBy: 'good' });
    const bad = await subject.aws.ecs.whenTask(await launchOne(subject, { startedBy: 'bad-1' }), 'STOPPED');

    expect(bad).to.include({ stopCode: 'TaskFailedToStart' });
    expect(bad.stoppedReason).to.match(/^CannotPullContainerError: .*any: not found$/);
    expect(bad.exitCodes).to.deep.equal({ main: null });
    expect(bad.description).to.have.nested.property('containers[0].reason', bad.stoppedReason);
    expect((await subject.aws.ecs.whenTask(good, 'RUNNING')).lastStatus).to.equal('RUNNING');
  });

  it('makes a task fail to start for any reason', async () => {
    const subject = await createRegistered();
    const stoppedReason = 'Timeout waiting for network interface provisioning to complete';
    subject.aws.faults.add({ type: 'start-failure', stoppedReason });

    const task = await subject.aws.ecs.whenTask(await launchOne(subject), 'STOPPED');

    expect(task).to.include({ stopCode: 'TaskFailedToStart', stoppedReason });
  });

  it('kills a running container for its memory', async () => {
    const subject = await createRegistered();
    const arn = await launchOne(subject);
    await subject.aws.ecs.whenTask(arn, 'RUNNING');

    subject.aws.faults.add({ type: 'out-of-memory', match: { taskArn: arn } });
    const task = await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(task).to.include({ stopCode: 'EssentialContainerExited' });
    expect(task.exitCodes).to.deep.equal({ main: 137 });
    expect(task.description).to.have.nested.property(
      'containers[0].reason',
      'OutOfMemoryError: Container killed due to memory usage',
    );
  });

  it('interrupts a Spot task: an event while it still runs, then SIGTERM', async () => {
    const subject = await createRegistered();
    const notices: string[] = [];
    subject.aws.ecs.onTaskChange((task) => notices.push(`${task.lastStatus} ${task.desiredStatus} ${task.stopCode}`));
    subject.aws.faults.add({ type: 'spot-interruption', match: { family: 'job' } });

    const task = await subject.aws.ecs.whenTask(await launchOne(subject), 'STOPPED');

    expect(notices).to.include('RUNNING STOPPED SpotInterruption');
    expect(task).to.include({ stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.' });
    expect(task.exitCodes).to.deep.equal({ main: 143 });
  });

  it('stops a task some time after it started, with a reason of AWS', async () => {
    const clock = new ManualClock();
    const subject = await createRegistered({ clock, phases: NO_PHASES });
    const stop = { stopCode: 'InfrastructureHealth', stoppedReason: 'Host is gone' };
    subject.aws.faults.add({ type: 'task-stop', afterMs: 1000, ...stop });
    const arn = await launchOne(subject);
    await subject.aws.ecs.whenTask(arn, 'RUNNING');

    clock.advance(1000);

    expect(await subject.aws.ecs.whenTask(arn, 'STOPPED')).to.include(stop);
  });

  it('hides a new task from all reads for a while', async () => {
    const clock = new ManualClock();
    const subject = await createRegistered({ clock, phases: NO_PHASES });
    subject.aws.faults.add({ type: 'slow-reads', visibleAfterMs: 1000 });
    const arn = await launchOne(subject);
    const look = () => subject.ecs.send(new DescribeTasksCommand({ tasks: [arn] }));
    const list = async () => (await subject.ecs.send(new ListTasksCommand({}))).taskArns;

    expect((await look()).failures?.[0]?.reason).to.equal('MISSING');
    expect(await list()).to.deep.equal([]);
    clock.advance(1000);

    expect((await look()).tasks).to.have.length(1);
    expect(await list()).to.deep.equal([arn]);
  });

  it('delays the last log lines', async () => {
    const clock = new ManualClock();
    const subject = await createRegistered({ clock, phases: NO_PHASES, simulate: 'lines=1' });
    subject.aws.faults.add({ type: 'late-logs', delayMs: 1000 });
    const arn = await launchOne(subject);
    await subject.aws.ecs.whenTask(arn, 'STOPPED');
    const input = { logGroupName: '/local-aws/ecs', logStreamName: `local/main/${idOf(arn)}` };
    const read = async () => (await subject.logs.send(new GetLogEventsCommand(input))).events?.length;

    expect(await read()).to.equal(0);
    clock.advance(1000);
    expect(await read()).to.equal(1);
  });

  it('does not strike a task that was already stopped', async () => {
    const subject = await createRegistered();
    const arn = await launchOne(subject);
    await subject.aws.ecs.whenTask(arn, 'RUNNING');
    await subject.ecs.send(new StopTaskCommand({ task: arn, reason: 'mine' }));

    subject.aws.faults.add({ type: 'spot-interruption' });
    const task = await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(task.stoppedReason).to.equal('mine');
    expect(subject.aws.faults.list()[0]?.hits).to.equal(0);
  });
});
