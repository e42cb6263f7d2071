import { expect } from 'chai';
import { LaunchOutcomeUnknownError } from '../../src/task-run/launch-errors.js';
import { clientToken } from '../../src/task-run/launch-token.js';
import { ATTEMPT_ID, aPreparedTaskRun, DEFINITION_ARN, FLOW_RUN_ID } from '../support/builders.js';
import { awsError } from '../support/fake-ecs.js';
import { ANALYTICS, aLaunchSubject, aPlace, failureOf, NO_CAPACITY } from '../support/launch-subject.js';

const MINUTE_MS = 60_000;
const NAME = { flowRunId: FLOW_RUN_ID, attemptId: ATTEMPT_ID, relaunch: 0 };
const IN_NEW_CLUSTER = aPreparedTaskRun({ request: { taskDefinition: DEFINITION_ARN, cluster: 'new' } });

describe('the place of a launch', () => {
  it('is stored before the first request is sent, and again before each request with a new token, with that request', async () => {
    const { launch, ecs } = aLaunchSubject();
    const throttle = awsError('ThrottlingException', 'Rate exceeded');
    ecs.script.runTask = [throttle, NO_CAPACITY, 'lost', NO_CAPACITY];
    const rows: (readonly [number, number])[] = [];
    const requests: unknown[] = [];

    await launch({
      launching: async (place, request) => {
        expect(place).to.deep.equal(aPlace(place.tokenRow));
        rows.push([place.tokenRow, ecs.count('runTask')]);
        requests.push(request);
      },
    });

    const sent = ecs.calls.filter(({ operation }) => operation === 'runTask').map(({ input }) => input);
    expect(requests).to.deep.equal([sent[0], sent[2]]);

    // The lost response had placed a task, which is returned for the second token.
    expect(rows).to.deep.equal([
      [0, 0],
      [1, 2],
    ]);
  });

  it("is that of the request's cluster, given by name, by ARN or not at all", async () => {
    const other = 'arn:aws:ecs:eu-west-1:999999999999:cluster/elsewhere';
    const clusters: unknown[] = [];
    for (const cluster of ['analytics', undefined, other]) {
      const { begin, places } = aLaunchSubject();
      const request = { taskDefinition: DEFINITION_ARN, ...(cluster ? { cluster } : {}) };
      await begin({ prepared: aPreparedTaskRun({ request }) }).catch(() => {});
      clusters.push(places[0]?.clusterArn, places[0]?.account, places[0]?.region);
    }

    expect(clusters).to.deep.equal([
      ...[ANALYTICS, '123456789012', 'us-east-1'],
      ...[ANALYTICS.replace('analytics', 'default'), '123456789012', 'us-east-1'],
      ...[other, '999999999999', 'eu-west-1'],
    ]);
  });

  it('prevents sending the launch if it cannot be stored', async () => {
    const { launch, ecs } = aLaunchSubject();
    const reason = new Error('another worker owns the run');

    const error = await failureOf(launch({ launching: () => Promise.reject(reason) }));

    expect(error).to.equal(reason);
    expect(ecs.count('runTask')).to.equal(0);
  });

  it('lets a successor find the task there, whatever the pool contains by now, without preparing anything', async () => {
    const { launch, ecs } = aLaunchSubject();
    const first = await launch();

    const second = await launch({
      mayHaveLaunched: true,
      place: aPlace(0),
      cluster: 'new',
      prepare: () => Promise.reject(new Error('the pool was changed')),
    });

    expect(second).to.deep.include({ adopted: true, clusterArn: ANALYTICS, prepared: null });
    expect(second.task.taskArn).to.equal(first.task.taskArn);
    expect(ecs.tasks.size).to.equal(1);
  });

  it('lets a successor launch there immediately with the stored token', async () => {
    const { launch, ecs, sent, clock, places } = aLaunchSubject();
    const beganMs = clock.nowMs();

    const launched = await launch({ mayHaveLaunched: true, place: aPlace(20), prepared: IN_NEW_CLUSTER });

    expect(launched.adopted).to.equal(false);
    expect(sent('cluster')).to.deep.equal([ANALYTICS]);
    expect(sent('clientToken')).to.deep.equal([clientToken(NAME, 20)]);
    expect(places).to.deep.equal([]);
    expect(clock.nowMs()).to.equal(beganMs);
    expect([...ecs.tasks.keys()]).to.deep.equal([launched.task.taskArn]);
  });

  it('finds by the token a task that has ended meanwhile, so that the run is launched once', async () => {
    const { launch, ecs, clock } = aLaunchSubject();
    const first = await launch();
    ecs.end(first.task.taskArn, 0);
    await clock.advance(40 * MINUTE_MS);

    const second = await launch({ mayHaveLaunched: true, place: aPlace(0), prepared: IN_NEW_CLUSTER });

    expect(second.task.taskArn).to.equal(first.task.taskArn);
    expect(ecs.tasks.size).to.equal(1);
  });

  it('continues with the next token after a replayed response, without a delay', async () => {
    const { launch, ecs, sent, clock, places } = aLaunchSubject();
    ecs.script.runTask = [NO_CAPACITY];
    const beganMs = clock.nowMs();

    await launch({ mayHaveLaunched: true, place: aPlace(3) });

    expect(sent('clientToken')).to.deep.equal([clientToken(NAME, 3), clientToken(NAME, 4)]);
    expect(places).to.deep.equal([aPlace(4)]);
    expect(clock.nowMs()).to.equal(beganMs);
  });

  it('tries without delays the tokens that an owner without a stored number may have used', async () => {
    for (const [used, ageMinutes] of [
      [5, 2],
      [20, 15],
      [35, 30],
    ] as const) {
      const { launch, ecs, clock } = aLaunchSubject();
      ecs.script.runTask = Array.from({ length: used }, () => NO_CAPACITY);
      await clock.advance(ageMinutes * MINUTE_MS);
      const beganMs = clock.nowMs();

      await launch({ mayHaveLaunched: true });

      expect(clock.nowMs() - beganMs, `${used} tokens in ${ageMinutes} minutes`).to.equal(0);
    }
  });

  it('waits for capacity as usual once responses cannot be replays', async () => {
    const { launch, ecs, clock } = aLaunchSubject();
    ecs.script.runTask = Array.from({ length: 12 }, () => NO_CAPACITY);
    const beganMs = clock.nowMs();

    await launch({ mayHaveLaunched: true });

    expect(clock.nowMs() - beganMs).to.be.greaterThan(MINUTE_MS);
  });
});

describe('the age of a token', () => {
  it('is checked after waiting for the rate limit: a task that has ended meanwhile is found, not repeated', async () => {
    const { launch, ecs, clock, sent } = aLaunchSubject();
    const first = await launch();
    ecs.end(first.task.taskArn, 0);
    await clock.advance(49 * MINUTE_MS);
    ecs.beforeRunTask = () => clock.sleep(3 * MINUTE_MS);

    const second = await launch({ mayHaveLaunched: true, place: aPlace(0) });

    expect(second.task.taskArn).to.equal(first.task.taskArn);
    expect(sent('clientToken')).to.have.length(1);
  });

  it('prevents repeating a launch whose task ECS may have forgotten while it waited for the rate limit', async () => {
    const { launch, ecs, clock } = aLaunchSubject();
    const first = await launch();
    ecs.end(first.task.taskArn, 0);
    await clock.advance(49 * MINUTE_MS);
    ecs.beforeRunTask = () => clock.sleep(20 * MINUTE_MS);

    const error = await failureOf(launch({ mayHaveLaunched: true, place: aPlace(0) }));

    expect(error).to.be.instanceOf(LaunchOutcomeUnknownError);
    expect(ecs.tasks.size).to.equal(1);
  });

  it('is that of the lost response for a launch that waited an hour for capacity before', async () => {
    const { launch, ecs, clock } = aLaunchSubject({ capacityWaitSeconds: 7_200 });
    ecs.script.runTask = [...Array.from({ length: 70 }, () => NO_CAPACITY), 'lost', null];
    const beganMs = clock.nowMs();

    const launched = await launch();

    expect(clock.nowMs() - beganMs).to.be.greaterThan(60 * MINUTE_MS);
    expect([...ecs.tasks.keys()]).to.deep.equal([launched.task.taskArn]);
  });

  it('is counted from the first of several lost responses', async () => {
    const { launch, ecs, clock } = aLaunchSubject({ launchPatienceSeconds: 7_200 });
    const hangUp = awsError('TimeoutError', 'socket hang up', { $metadata: {} });
    ecs.script.runTask = ['lost', ...Array.from({ length: 500 }, () => hangUp)];
    setTimeout(() => ecs.end([...ecs.tasks.keys()][0] ?? '', 0), 0);
    const beganMs = clock.nowMs();

    const launched = await launch();

    expect(launched.adopted).to.equal(true);
    expect(clock.nowMs() - beganMs).to.be.within(50 * MINUTE_MS, 52 * MINUTE_MS);
    expect(ecs.tasks.size).to.equal(1);
  });

  it('leads to no conclusion while the searches fail', async () => {
    const { launch, ecs, clock } = aLaunchSubject();
    await clock.advance(120 * MINUTE_MS);
    const denied = awsError('AccessDeniedException', 'not authorized');
    ecs.script.listTasks = Array.from({ length: 1_000 }, () => denied);

    const error = await failureOf(launch({ mayHaveLaunched: true, place: aPlace(0) }));

    expect(error).to.equal(denied);
    expect(ecs.count('runTask')).to.equal(0);
  });

  it('leads to a conclusion only after a minute in which a new task would have appeared', async () => {
    const { begin, ecs, clock, launch } = aLaunchSubject();
    const attempt = { flowRunId: FLOW_RUN_ID, id: ATTEMPT_ID, startedAtMs: clock.nowMs() };
    await clock.advance(60 * MINUTE_MS);
    const first = await launch();
    ecs.invisible.add(first.task.taskArn);

    const second = begin({ mayHaveLaunched: true, place: aPlace(0), attempt });
    await clock.advance(30_000);
    ecs.invisible.clear();

    expect((await clock.run(second)).task.taskArn).to.equal(first.task.taskArn);
  });
});
