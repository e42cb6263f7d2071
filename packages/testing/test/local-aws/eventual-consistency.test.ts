import { expect } from 'chai';

import { FakeClock } from '../../src/index.js';
import {
  createInProcessAws,
  type Fault,
  type InProcessAws,
  LocalAwsFaultInvalidError,
} from '../../src/local-aws/index.js';
import { refusal } from './support.js';

interface Subject {
  readonly aws: InProcessAws;
  readonly clock: FakeClock;
  launch(startedBy?: string): Promise<string>;
  /** Returns `lastStatus`, or the reason of the failure. */
  describe(arn: string): Promise<unknown>;
  list(filter?: Record<string, unknown>): Promise<unknown>;
  stop(arn: string): Promise<unknown>;
}

const PHASES = { provisioningMs: 1000, pendingMs: 1000, pullMs: 1000, deprovisioningMs: 1000 };

async function createSubject(faults: readonly Fault[], seed = 1): Promise<Subject> {
  const clock = new FakeClock();
  const aws = createInProcessAws({ clock, seed, phases: PHASES, simulate: 'sleep=forever' });
  for (const fault of faults) aws.faults.add(fault);
  await aws.call('ecs:RegisterTaskDefinition', {
    family: 'job',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'main', image: 'any' }],
  });
  const subnets = [...aws.network.subnets.keys()];
  const networkConfiguration = { awsvpcConfiguration: { subnets } };
  return {
    aws,
    clock,
    launch: async (startedBy = 'me') => {
      const request = { taskDefinition: 'job', launchType: 'FARGATE', networkConfiguration, startedBy };
      const { tasks } = await aws.call('ecs:RunTask', request);
      return (tasks as { taskArn: string }[])[0]?.taskArn ?? '';
    },
    describe: async (arn) => {
      const { tasks, failures } = await aws.call('ecs:DescribeTasks', { tasks: [arn] });
      const [task] = tasks as { lastStatus: string }[];
      return task?.lastStatus ?? (failures as { reason: string }[])[0]?.reason;
    },
    list: async (filter: Record<string, unknown> = {}) => (await aws.call('ecs:ListTasks', filter)).taskArns,
    stop: (arn) => aws.call('ecs:StopTask', { task: arn }),
  };
}

describe('local-aws: eventual consistency', () => {
  describe('slow-reads', () => {
    it('hides a new task from DescribeTasks and ListTasks, but not from StopTask', async () => {
      const subject = await createSubject([{ type: 'slow-reads', visibleAfterMs: 5000 }]);
      const arn = await subject.launch();

      expect(await subject.describe(arn)).to.equal('MISSING');
      expect(await subject.list()).to.deep.equal([]);
      await subject.stop(arn);
      await subject.clock.advance(5000);

      expect(await subject.describe(arn)).to.equal('STOPPED');
    });

    it('hides a new task from each operation for a different time', async () => {
      const subject = await createSubject([
        { type: 'slow-reads', visibleAfterMs: 1000, operations: ['DescribeTasks'] },
        { type: 'slow-reads', visibleAfterMs: 2000, operations: ['StopTask'] },
        { type: 'slow-reads', visibleAfterMs: 3000, operations: ['ListTasks', 'StopTask'], match: { startedBy: 'me' } },
        { type: 'slow-reads', visibleAfterMs: 500, operations: ['ListTasks', 'StopTask'] },
      ]);
      const arn = await subject.launch();
      const other = await subject.launch('other');

      await subject.clock.advance(1000);
      expect(await subject.describe(arn)).to.equal('PENDING');
      expect(await subject.list()).to.deep.equal([other]);
      await refusal(subject.stop(other), 'InvalidParameterException', 'The referenced task was not found.');
      await subject.clock.advance(1000);
      await subject.stop(other);
      await refusal(subject.stop(arn), 'InvalidParameterException', 'The referenced task was not found.');
      await subject.clock.advance(1000);
      expect(await subject.list()).to.deep.equal([arn]);
      await subject.stop(arn);

      expect(subject.aws.ecs.task(arn).desiredStatus).to.equal('STOPPED');
    });
  });

  describe('stale-reads', () => {
    it('describes a task as it was, or as MISSING if it was not launched yet', async () => {
      const subject = await createSubject([{ type: 'stale-reads', staleMs: 1500 }]);
      const arn = await subject.launch();
      const seen: unknown[] = [];
      for (let step = 0; step < 5; step += 1) {
        seen.push(await subject.describe(arn));
        await subject.clock.advance(1000);
      }

      expect(seen).to.deep.equal(['MISSING', 'MISSING', 'PROVISIONING', 'PENDING', 'ACTIVATING']);
      expect(subject.aws.ecs.task(arn).lastStatus).to.equal('RUNNING');
    });

    it('returns an older version after a newer one with a probability', async () => {
      const subject = await createSubject([{ type: 'stale-reads', staleMs: 2500, probability: 0.5 }]);
      const arn = await subject.launch();
      await subject.clock.advance(2000);
      const seen: unknown[] = [];
      for (let look = 0; look < 12; look += 1) seen.push(await subject.describe(arn));

      expect(seen).to.include('ACTIVATING');
      expect(seen.indexOf('MISSING', seen.indexOf('ACTIVATING'))).to.be.greaterThan(0);
    });

    it('lists a stopped task as running, not as stopped, while DescribeTasks is current', async () => {
      const subject = await createSubject([{ type: 'stale-reads', staleMs: 5000, operations: ['ListTasks'] }]);
      const arn = await subject.launch();
      await subject.clock.advance(10_000);
      await subject.stop(arn);
      await subject.clock.advance(4999);

      expect(await subject.describe(arn)).to.equal('STOPPED');
      expect(await subject.list({ startedBy: 'me' })).to.deep.equal([arn]);
      expect(await subject.list({ family: 'job', desiredStatus: 'STOPPED' })).to.deep.equal([]);
      await subject.clock.advance(1);
      expect(await subject.list({ startedBy: 'me' })).to.deep.equal([]);
      expect(await subject.list({ family: 'job', desiredStatus: 'STOPPED' })).to.deep.equal([arn]);
    });

    it('keeps versions from when the fault is added until it is removed', async () => {
      const subject = await createSubject([]);
      const arn = await subject.launch();
      await subject.clock.advance(2000);
      const { id } = subject.aws.faults.add({ type: 'stale-reads', staleMs: 60_000 });
      await subject.clock.advance(60_000);

      expect(await subject.describe(arn)).to.equal('ACTIVATING');
      subject.aws.faults.remove(id);
      expect(await subject.describe(arn)).to.equal('RUNNING');
    });

    it('reports that StopTask did not find a recently launched task, but stops it', async () => {
      const subject = await createSubject([{ type: 'stale-reads', staleMs: 1000, operations: ['StopTask'] }]);
      const arn = await subject.launch();

      await refusal(subject.stop(arn), 'InvalidParameterException');
      await subject.clock.advance(1000);
      await subject.stop(arn);

      expect(subject.aws.ecs.task(arn).desiredStatus).to.equal('STOPPED');
    });
  });

  describe('missing-reads', () => {
    it('hides a task once that was visible before', async () => {
      const subject = await createSubject([]);
      const arn = await subject.launch();
      const before = await subject.describe(arn);
      subject.aws.faults.add({ type: 'missing-reads' });

      expect([before, await subject.describe(arn), await subject.describe(arn)]).to.deep.equal([
        'PROVISIONING',
        'MISSING',
        'PROVISIONING',
      ]);
    });

    it('affects only the given operations and tasks', async () => {
      const subject = await createSubject([
        { type: 'missing-reads', times: 'always', operations: ['StopTask'], match: { startedBy: 'me' } },
      ]);
      const arn = await subject.launch();
      const other = await subject.launch('other');

      expect(await subject.describe(arn)).to.equal('PROVISIONING');
      expect(await subject.list()).to.deep.equal([arn, other]);
      await refusal(subject.stop(arn), 'InvalidParameterException');
      await subject.stop(other);
    });
  });

  it('rejects a fault with an unknown operation', async () => {
    const { aws } = await createSubject([]);
    const fault = { type: 'missing-reads', operations: ['RunTask'] } as unknown as Fault;

    expect(() => aws.faults.add(fault)).to.throw(LocalAwsFaultInvalidError, /DescribeTasks, ListTasks, StopTask/);
  });
});
