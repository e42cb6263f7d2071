import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import {
  closeSubjects,
  createSubject,
  launch,
  ManualClock,
  NO_PHASES,
  registerFargate,
  type Subject,
} from './support.js';

async function createThrottled(): Promise<Subject & { clock: ManualClock }> {
  const clock = new ManualClock();
  const subject = await createSubject({ clock, throttling: 'aws', phases: NO_PHASES, simulate: 'sleep=forever' });
  await registerFargate(subject);
  return { ...subject, clock };
}

/** Number of calls that succeeded before the first was throttled. */
async function countUntilThrottled(call: () => Promise<unknown>, atMost = 300): Promise<number> {
  for (let count = 0; count < atMost; count += 1) {
    const throttled = await call().then(
      () => false,
      (error: Error) => error.name === 'ThrottlingException',
    );
    if (throttled) return count;
  }
  return atMost;
}

describe('local-aws: throttling by the buckets of AWS', () => {
  afterEach(closeSubjects);

  it('allows RunTask on Fargate a burst of 20 and 20 per second', async () => {
    const subject = await createThrottled();

    expect(await countUntilThrottled(() => launch(subject))).to.equal(20);
    subject.clock.advance(500);
    expect(await countUntilThrottled(() => launch(subject))).to.equal(10);
  });

  it('counts tasks, not calls, for the launch rate', async () => {
    const subject = await createThrottled();

    expect(await countUntilThrottled(() => launch(subject, { count: 10 }))).to.equal(10);
  });

  it('allows registrations a burst of 20 and 1 per second', async () => {
    const subject = await createThrottled();

    expect(await countUntilThrottled(() => registerFargate(subject))).to.equal(19);
    subject.clock.advance(2000);
    expect(await countUntilThrottled(() => registerFargate(subject))).to.equal(2);
  });

  it('shares one bucket between the operations that AWS groups', async () => {
    const subject = await createThrottled();
    const describeTasks = () => subject.ecs.send(new DescribeTasksCommand({ tasks: ['x'] }));
    const listTasks = () => subject.ecs.send(new ListTasksCommand({}));

    for (let count = 0; count < 60; count += 1) await describeTasks();
    expect(await countUntilThrottled(listTasks)).to.equal(40);
    expect(await countUntilThrottled(describeTasks)).to.equal(0);
    const describeDefinition = () => subject.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'job' }));
    expect(await countUntilThrottled(describeDefinition)).to.equal(50);
  });

  it('takes stops from the bucket of launches', async () => {
    const subject = await createThrottled();
    const stop = () => subject.ecs.send(new StopTaskCommand({ task: 'x' }));

    expect(await countUntilThrottled(stop)).to.equal(100);
  });

  it('is off by default', async () => {
    const subject = await createSubject();

    expect(await countUntilThrottled(() => registerFargate(subject), 40)).to.equal(40);
  });
});
