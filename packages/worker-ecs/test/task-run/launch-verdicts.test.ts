import { isLaunchRefused } from '@worker-host/core';
import { expect } from 'chai';
import { LaunchRefusedError, LaunchUnansweredError } from '../../src/task-run/launch-errors.js';
import { NetworkNotFoundError } from '../../src/task-run/task-run-errors.js';
import { awsError } from '../support/fake-ecs.js';
import { aLaunchSubject, aPlace, failureOf, NO_CAPACITY } from '../support/launch-subject.js';

const NO_NETWORK = new NetworkNotFoundError({ path: 'vpc_id', expected: 'a VPC', found: 'none', suggestion: null });
const REFUSED = awsError('InvalidParameterException', 'Cpu override for task must be positive.');
const THROTTLE = awsError('ThrottlingException', 'Rate exceeded');
const EXPIRED = awsError('ExpiredTokenException', 'The security token included in the request is expired');

describe('the outcome of a launch', () => {
  it('is a refusal if ECS refuses, or has no capacity for too long', async () => {
    for (const answers of [[REFUSED], Array.from({ length: 100 }, () => NO_CAPACITY)]) {
      const { launch, ecs } = aLaunchSubject({ capacityWaitSeconds: 300 });
      ecs.script.runTask = answers;

      expect(isLaunchRefused(await failureOf(launch()))).to.equal(true);
    }
  });

  it('is not a refusal if ECS does not respond, however long', async () => {
    const hangUp = awsError('TimeoutError', 'socket hang up', { $metadata: {} });
    for (const failure of [THROTTLE, hangUp]) {
      const { launch, ecs } = aLaunchSubject({ launchPatienceSeconds: 60 });
      ecs.script.runTask = Array.from({ length: 100 }, () => failure);

      const error = await failureOf(launch());

      expect(error).to.be.instanceOf(LaunchUnansweredError);
      expect(isLaunchRefused(error)).to.equal(false);
    }
  });

  it("is AWS's error about the credentials, after a few attempts within seconds", async () => {
    const { launch, ecs, clock } = aLaunchSubject();
    ecs.script.runTask = Array.from({ length: 10 }, () => EXPIRED);
    const beganMs = clock.nowMs();

    const error = await failureOf(launch());

    expect(error).to.equal(EXPIRED);
    expect(clock.nowMs() - beganMs).to.be.lessThan(15_000);
    expect(ecs.count('runTask')).to.equal(3);
  });

  it('is the task of an attempt without a response, which appears only after a later attempt was refused', async () => {
    const { begin, ecs, clock } = aLaunchSubject();
    ecs.script.runTask = ['lost', REFUSED];
    const launching = begin();
    await clock.advance(10);
    const [taskArn = ''] = [...ecs.tasks.keys()];
    ecs.invisible.add(taskArn);
    await clock.advance(30_000);
    ecs.invisible.clear();

    const launched = await clock.run(launching);

    expect(launched).to.deep.include({ adopted: true });
    expect(launched.task.taskArn).to.equal(taskArn);
  });

  it('is the task of an earlier owner, which appears only after the run can no longer be prepared', async () => {
    const { begin, launch, ecs, clock } = aLaunchSubject();
    const { task } = await launch();
    ecs.invisible.add(task.taskArn);
    const prepare = () => Promise.reject(NO_NETWORK);

    const launching = begin({ mayHaveLaunched: true, place: aPlace(0), prepare });
    await clock.advance(30_000);
    ecs.invisible.clear();

    expect((await clock.run(launching)).task.taskArn).to.equal(task.taskArn);
  });

  it('is the refusal after a minute in which no task appeared', async () => {
    const { launch, clock, ecs } = aLaunchSubject();
    ecs.script.runTask = ['lost', REFUSED];
    const beganMs = clock.nowMs();
    const launching = launch();
    await new Promise((resolve) => setImmediate(resolve));
    ecs.tasks.clear();

    const error = await failureOf(launching);

    expect(error).to.be.instanceOf(LaunchRefusedError);
    expect(clock.nowMs() - beganMs).to.be.within(60_000, 70_000);
  });
});

describe('a launch of a run that another worker may own', () => {
  it('is not sent after a long wait for the rate limit, and is given up with the reason', async () => {
    const { begin, ecs } = aLaunchSubject();
    let notOwned: Error | null = null;
    ecs.beforeRunTask = async () => {
      notOwned = new Error('the lease has expired');
    };
    const assertOwned = () => {
      if (notOwned !== null) throw notOwned;
    };

    expect((await failureOf(begin({ assertOwned }))).message).to.equal('the lease has expired');
    expect(ecs.count('runTask')).to.equal(0);
  });

  it('is not sent again either', async () => {
    const { begin, ecs, clock } = aLaunchSubject();
    ecs.script.runTask = [awsError('ThrottlingException', 'Rate exceeded')];
    const assertOwned = () => {
      if (ecs.count('runTask') > 0) throw new Error('the lease has expired');
    };

    expect((await failureOf(clock.run(begin({ assertOwned })))).message).to.equal('the lease has expired');
    expect(ecs.count('runTask')).to.equal(1);
  });
});

describe('a launch that is cancelled', () => {
  it('is not sent any more while it waits for the rate limit, and ends immediately', async () => {
    const { begin, ecs, clock } = aLaunchSubject();
    const cancel = new AbortController();
    ecs.beforeRunTask = () => clock.sleep(180_000);
    const launching = begin({ cancelled: cancel.signal });
    await clock.advance(1_000);
    const nowMs = clock.nowMs();

    cancel.abort(new Error('cancelled'));
    const error = await failureOf(launching);

    expect(error.message).to.equal('cancelled');
    expect(clock.nowMs()).to.equal(nowMs);
    await clock.advance(180_000);
    expect(ecs.count('runTask')).to.equal(0);
  });

  it('is not sent if the rate limit admits it after the cancellation', async () => {
    const { begin, ecs } = aLaunchSubject();
    const cancel = new AbortController();
    ecs.beforeRunTask = async () => cancel.abort(new Error('cancelled'));

    expect((await failureOf(begin({ cancelled: cancel.signal }))).message).to.equal('cancelled');
    expect(ecs.count('runTask')).to.equal(0);
  });

  it('returns a task that appears half a minute after a lost response, so that it is stopped in time', async () => {
    const { begin, ecs, clock } = aLaunchSubject();
    const cancel = new AbortController();
    ecs.script.runTask = ['lost'];
    const launching = begin({ cancelled: cancel.signal });
    await clock.advance(10);
    const [taskArn = ''] = [...ecs.tasks.keys()];
    ecs.invisible.add(taskArn);
    cancel.abort(new Error('cancelled'));
    await clock.advance(40_000);
    const showsAtMs = clock.nowMs();
    ecs.invisible.clear();

    const launched = await clock.run(launching);

    expect(launched.task.taskArn).to.equal(taskArn);
    expect(clock.nowMs() - showsAtMs).to.be.at.most(3_000);
    expect(ecs.count('runTask')).to.equal(1);
  });

  it('ends when a task would have appeared', async () => {
    const { begin, ecs, clock } = aLaunchSubject();
    const cancel = new AbortController();
    ecs.script.runTask = [awsError('TimeoutError', 'socket hang up', { $metadata: {} })];
    const beganMs = clock.nowMs();
    const launching = begin({ cancelled: cancel.signal });
    await clock.advance(10);

    cancel.abort(new Error('cancelled'));
    const error = await failureOf(clock.run(launching));

    expect(error.message).to.equal('cancelled');
    expect(clock.nowMs() - beganMs).to.be.within(60_000, 65_000);
  });

  it('is searched for without preparing anything if an earlier owner may have sent it', async () => {
    const { launch, ecs } = aLaunchSubject();
    const { task } = await launch();
    const cancelled = AbortSignal.abort(new Error('cancelled'));
    const prepare = () => Promise.reject(new Error('it is not to be prepared'));

    const second = await launch({ mayHaveLaunched: true, place: aPlace(0), cancelled, prepare });

    expect(second.task.taskArn).to.equal(task.taskArn);
    expect(ecs.count('runTask')).to.equal(1);
  });

  it('leads to no conclusion while the searches fail', async () => {
    const { launch, ecs } = aLaunchSubject();
    const denied = awsError('AccessDeniedException', 'not authorized');
    ecs.script.listTasks = Array.from({ length: 1_000 }, () => denied);
    const cancelled = AbortSignal.abort(new Error('cancelled'));

    expect(await failureOf(launch({ mayHaveLaunched: true, place: aPlace(0), cancelled }))).to.equal(denied);
  });
});

describe('a launch that the host releases', () => {
  it('ends with the reason while it waits for the rate limit, and is not sent', async () => {
    const { begin, ecs, clock } = aLaunchSubject();
    const stop = new AbortController();
    const reason = new Error('released');
    ecs.beforeRunTask = () => clock.sleep(180_000);
    const launching = begin({ signal: stop.signal });
    await clock.advance(1_000);
    stop.abort(reason);

    expect(await failureOf(launching)).to.equal(reason);
    await clock.advance(180_000);
    expect(ecs.count('runTask')).to.equal(0);
  });

  it('leaves no listener on the signals of the run', async () => {
    const { launch } = aLaunchSubject();
    const signals = [new AbortController().signal, new AbortController().signal] as const;
    let listeners = 0;
    for (const signal of signals) {
      const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
      signal.addEventListener = (...words: Parameters<typeof add>) => {
        listeners += 1;
        add(...words);
      };
      signal.removeEventListener = (...words: Parameters<typeof remove>) => {
        listeners -= 1;
        remove(...words);
      };
    }

    await launch({ signal: signals[0], cancelled: signals[1] });

    expect(listeners).to.equal(0);
  });
});

describe('a launch that is cancelled after it was sent', () => {
  it('waits for the response, and returns the task', async () => {
    const { begin, ecs, clock } = aLaunchSubject();
    const cancel = new AbortController();
    const runTask = ecs.runTask.bind(ecs);
    ecs.runTask = async (input, options = {}) => {
      const answer = await runTask(input, options);
      await clock.sleep(5_000);
      if (options.signal?.aborted) throw awsError('AbortError', 'Request aborted');
      return answer;
    };
    const launching = begin({ cancelled: cancel.signal });
    await clock.advance(1_000);
    cancel.abort(new Error('cancelled'));

    const launched = await clock.run(launching);

    expect(launched.adopted).to.equal(false);
    expect([...ecs.tasks.keys()]).to.deep.equal([launched.task.taskArn]);
  });

  it('searches for the task if the response is lost', async () => {
    const { begin, ecs, clock } = aLaunchSubject();
    const cancel = new AbortController();
    const runTask = ecs.runTask.bind(ecs);
    ecs.runTask = async (input, options = {}) => {
      await runTask(input, options);
      cancel.abort(new Error('cancelled'));
      throw awsError('TimeoutError', 'socket hang up', { $metadata: {} });
    };

    const launched = await clock.run(begin({ cancelled: cancel.signal }));

    expect(launched.adopted).to.equal(true);
  });
});
