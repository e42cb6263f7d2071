import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { ECSClient, ListTasksCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { type Fault, LocalAwsFaultInvalidError } from '../../src/local-aws/index.js';
import {
  closeSubjects,
  createSubject,
  fargateRequest,
  launch,
  launchOne,
  ManualClock,
  refusal,
  registerFargate,
  type Subject,
} from './support.js';

const ENDLESS = { simulate: 'sleep=forever' };

async function createRegistered(options = {}): Promise<Subject> {
  const subject = await createSubject({ ...ENDLESS, ...options });
  await registerFargate(subject);
  return subject;
}

describe('local-aws: faults of calls', () => {
  afterEach(closeSubjects);

  it('throttles the next calls of an operation with the error of the service', async () => {
    const subject = await createRegistered();
    subject.aws.faults.add({ type: 'throttle', operation: 'RunTask', times: 2 });
    subject.aws.faults.add({ type: 'throttle', operation: 'ec2:*' });

    await refusal(launch(subject), 'ThrottlingException', 'Rate exceeded');
    await refusal(launch(subject), 'ThrottlingException', 'Rate exceeded');
    await refusal(subject.ec2.send(new DescribeSubnetsCommand({})), 'RequestLimitExceeded');
    await launchOne(subject);

    expect(subject.aws.callCounts()['ecs:RunTask']).to.deep.equal({ total: 3, ok: 1, error: 0, throttled: 2, lost: 0 });
    expect(subject.aws.faults.list().map(({ hits, left }) => [hits, left])).to.deep.equal([
      [2, 0],
      [1, 0],
    ]);
  });

  it('returns any requested error', async () => {
    const subject = await createRegistered();
    subject.aws.faults.add({
      type: 'error',
      operation: '*',
      code: 'UnrecognizedClientException',
      message: 'bad',
      status: 403,
    });

    const error = await refusal(launch(subject), 'UnrecognizedClientException', 'bad');

    expect(error).to.have.nested.property('$metadata.httpStatusCode', 403);
  });

  for (const how of ['reset', '500', '503'] as const) {
    it(`loses a response by ${how} after the effect: the SDK retries with its token and gets the same task`, async () => {
      const subject = await createRegistered();
      const retrying = new ECSClient({ ...subject.clientOptions, maxAttempts: 2 });
      subject.aws.faults.add({ type: 'lost-answer', operation: 'RunTask', how });

      const { tasks } = await retrying.send(new RunTaskCommand(fargateRequest(subject)));
      retrying.destroy();

      expect(tasks).to.have.length(1);
      expect(subject.aws.ecs.tasks().map((task) => task.taskArn)).to.deep.equal([tasks?.[0]?.taskArn]);
      expect(subject.aws.calls({ operation: 'RunTask' }).map((call) => call.outcome)).to.deep.equal(['lost', 'ok']);
    });
  }

  it('loses a response before the effect: nothing was done', async () => {
    const subject = await createRegistered();
    subject.aws.faults.add({ type: 'lost-answer', operation: 'RunTask', when: 'before' });

    await launch(subject).then(
      () => expect.fail('the answer should have been lost'),
      (error: NodeJS.ErrnoException) => expect(error.code).to.equal('ECONNRESET'),
    );

    expect(subject.aws.ecs.tasks()).to.deep.equal([]);
  });

  it('delays a response after the effect, and the effect itself', async () => {
    const clock = new ManualClock();
    const subject = await createRegistered({ clock });
    subject.aws.faults.add({ type: 'lost-answer', operation: 'RunTask', how: 'delay', delayMs: 500 });
    let answered = false;

    const first = launchOne(subject).then((arn) => {
      answered = true;
      return arn;
    });
    await subject.aws.ecs.whenTasks((tasks) => tasks.length === 1);
    expect(answered).to.equal(false);
    clock.advance(500);

    expect(await first).to.equal(subject.aws.ecs.tasks()[0]?.taskArn);
    expect(subject.aws.calls({ operation: 'RunTask' })[0]?.durationMs).to.equal(500);
  });

  it('strikes with a probability, reproducibly for a seed', async () => {
    const outcomesOf = async (seed: number) => {
      const subject = await createRegistered({ seed });
      subject.aws.faults.add({ type: 'throttle', operation: 'ListTasks', times: 'always', probability: 0.5 });
      const outcomes: string[] = [];
      for (let count = 0; count < 20; count += 1) {
        const call = subject.ecs.send(new ListTasksCommand({}));
        outcomes.push(
          await call.then(
            () => 'ok',
            () => 'throttled',
          ),
        );
      }
      return outcomes;
    };

    const outcomes = await outcomesOf(7);

    expect(new Set(outcomes)).to.deep.equal(new Set(['ok', 'throttled']));
    expect(await outcomesOf(7)).to.deep.equal(outcomes);
    expect(await outcomesOf(8)).not.to.deep.equal(outcomes);
  });

  it('ends faults after a time, by removal, and all together', async () => {
    const clock = new ManualClock();
    const { aws, ecs } = await createRegistered({ clock });
    const list = () => ecs.send(new ListTasksCommand({}));
    const always = { type: 'throttle', operation: 'ListTasks', times: 'always' } as const;
    aws.faults.add({ ...always, forMs: 1000 });
    await refusal(list(), 'ThrottlingException');
    clock.advance(1000);
    await list();

    const { id } = aws.faults.add(always);
    await refusal(list(), 'ThrottlingException');
    expect(aws.faults.remove(id)).to.equal(true);
    await list();

    aws.faults.add(always);
    aws.faults.clear();
    await list();
    expect(aws.faults.list()).to.deep.equal([]);
  });

  it('reports all problems of a fault', async () => {
    const { aws } = await createRegistered();
    const add = (fault: object) => () => aws.faults.add(fault as Fault);

    expect(add({ type: 'lost-answer', how: 'gently', wen: 1, times: -1 })).to.throw(
      LocalAwsFaultInvalidError,
      /how must be one of reset, 500, 503, delay; wen is not known; times must be a number or 'always'/,
    );
    expect(add({ type: 'error' })).to.throw(LocalAwsFaultInvalidError, /code is missing/);
    expect(add({ type: 'nothing' })).to.throw(LocalAwsFaultInvalidError, /known are throttle/);
    expect(add({ type: 'capacity', match: { name: 'x' } })).to.throw(LocalAwsFaultInvalidError, /unknown members name/);
  });
});
