import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import { awsBudgetLimits, BudgetRegistry } from '../../../src/aws/budgets/account-budgets.js';
import { BudgetedAwsClientsProvider } from '../../../src/aws/budgets/budgeted-aws-clients.js';
import { RateBudget } from '../../../src/aws/budgets/rate-budget.js';
import { silentMeter, someClients } from '../../support/builders.js';
import { FakeClock } from '../../support/fake-clock.js';
import { awsError, FakeEcs } from '../../support/fake-ecs.js';

function budgetsOf(clock: FakeClock): BudgetRegistry {
  return new BudgetRegistry(clock, silentMeter, awsBudgetLimits);
}

function createSubject(burst = 2, perSecond = 1) {
  const clock = new FakeClock();
  return { clock, budget: new RateBudget({ name: 'test', burst, perSecond }, clock, silentMeter) };
}

describe('RateBudget', () => {
  it('passes the burst immediately and the rest at the rate', async () => {
    const { clock, budget } = createSubject();
    const beganMs = clock.nowMs();
    const timesMs: number[] = [];

    const calls = Array.from({ length: 5 }, () =>
      budget.acquire('launch').then(() => {
        budget.accepted();
        timesMs.push(clock.nowMs() - beganMs);
      }),
    );
    await clock.run(Promise.all(calls));

    expect(timesMs).to.deep.equal([0, 0, 1_000, 2_000, 3_000]);
  });

  it('passes stops before launches, and launches before reads', async () => {
    const { clock, budget } = createSubject(1, 1);
    await budget.acquire('watch');
    budget.accepted();
    const order: string[] = [];

    const calls = (['watch', 'launch', 'watch', 'stop'] as const).map((priority) =>
      budget.acquire(priority).then(() => {
        budget.accepted();
        order.push(priority);
      }),
    );
    await clock.run(Promise.all(calls));

    expect(order).to.deep.equal(['stop', 'launch', 'watch', 'watch']);
  });

  it('never has more than the burst in flight, however long responses take', async () => {
    const { clock, budget } = createSubject(3, 10);
    let underway = 0;
    const calls = Array.from({ length: 5 }, () => budget.acquire('launch').then(() => (underway += 1)));

    await clock.advance(60_000);
    const beforeAnswers = underway;
    budget.accepted();
    budget.accepted();
    await clock.run(Promise.all(calls));

    expect(beforeAnswers).to.equal(3);
    expect(underway).to.equal(5);
  });

  it('counts a token as spent when its response arrives, not when it was sent', async () => {
    const { clock, budget } = createSubject(2, 1);
    await Promise.all([budget.acquire('launch'), budget.acquire('launch')]);
    await clock.advance(60_000);
    budget.accepted();
    budget.accepted();
    const answeredAtMs = clock.nowMs();

    await clock.run(budget.acquire('launch'));

    expect(clock.nowMs() - answeredAtMs).to.equal(1_000);
  });

  it('returns the token of a call that was not made', async () => {
    const { clock, budget } = createSubject(1, 1);
    await budget.acquire('launch');
    const next = budget.acquire('launch');
    budget.unused();

    await clock.run(next);

    expect(budget.waiting).to.equal(0);
  });

  it('removes a waiting call whose signal is aborted', async () => {
    const { clock, budget } = createSubject(1, 1);
    await budget.acquire('launch');
    budget.accepted();
    const abort = new AbortController();
    const given = budget.acquire('launch', abort.signal).catch((error: Error) => error.message);
    const next = budget.acquire('watch');

    abort.abort(new Error('given up'));
    await clock.run(next);

    expect(await given).to.equal('given up');
    expect(budget.waiting).to.equal(0);
  });

  it('halves its rate after throttling, once per second, and restores it slowly', async () => {
    const { clock, budget } = createSubject(10, 10);

    budget.throttled();
    budget.throttled();
    const afterThrottles = budget.perSecond;
    for (let second = 0; second < 20; second += 1) {
      await clock.advance(1_000);
      budget.accepted();
    }

    expect(afterThrottles).to.equal(5);
    expect(budget.perSecond).to.equal(10);
  });

  it('never stops completely', async () => {
    const { clock, budget } = createSubject(10, 10);
    for (let second = 0; second < 30; second += 1) {
      budget.throttled();
      await clock.advance(1_000);
    }

    await clock.run(budget.acquire('launch'));

    expect(budget.perSecond).to.be.greaterThan(0);
  });

  it('tolerates a clock that goes back', async () => {
    const clock = new FakeClock();
    const budget = new RateBudget({ name: 'test', burst: 1, perSecond: 1 }, clock, silentMeter);
    await budget.acquire('launch');
    budget.accepted();
    clock.set(-3_600_000);

    const next = budget.acquire('launch');
    await clock.run(next);

    expect(budget.waiting).to.equal(0);
  });
});

describe('BudgetedAwsClientsProvider', () => {
  it('keeps 300 launches on Fargate below the limit of AWS', async () => {
    const clock = new FakeClock();
    const ecs = new FakeEcs();
    const inner = { clientsFor: async () => clients, close() {} };
    const clients = someClients({ ecs });
    const { ecs: budgeted } = await new BudgetedAwsClientsProvider(inner, clock, budgetsOf(clock)).clientsFor(null);
    const beganMs = clock.nowMs();
    const timesMs: number[] = [];

    const launches = Array.from({ length: 300 }, (_, index) =>
      budgeted
        .runTask({ taskDefinition: 'etl', launchType: 'FARGATE', clientToken: String(index) })
        .then(() => timesMs.push(clock.nowMs() - beganMs)),
    );
    await clock.run(Promise.all(launches));

    for (const fromMs of timesMs) {
      const within = timesMs.filter((ms) => ms >= fromMs && ms < fromMs + 1_000).length;
      expect(within).to.be.at.most(40);
    }
    expect(Math.max(...timesMs)).to.be.within(14_000, 16_000);
  });

  describe('in a region with lower limits of Fargate', () => {
    const onSpot = { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] };

    /** When each launch was made, in milliseconds. */
    async function launch(requests: readonly JsonObject[], region = 'ap-east-1'): Promise<readonly number[]> {
      const clock = new FakeClock();
      const clients = someClients({ ecs: new FakeEcs(), region });
      const inner = { clientsFor: async () => clients, close() {} };
      const { ecs } = await new BudgetedAwsClientsProvider(inner, clock, budgetsOf(clock)).clientsFor(null);
      const beganMs = clock.nowMs();
      const calls = requests.map((request, index) =>
        ecs
          .runTask({ taskDefinition: 'etl', clientToken: String(index), ...request })
          .then(() => clock.nowMs() - beganMs),
      );
      return clock.run(Promise.all(calls));
    }
    const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

    it('keeps launches below 25 at once and 5 per second', async () => {
      const timesMs = await launch(times(60, { launchType: 'FARGATE' }));

      expect(timesMs.filter((ms) => ms < 1_000).length).to.be.within(20, 29);
      expect(Math.max(...timesMs)).to.be.within(7_000, 9_000);
    });

    it('counts Spot separately', async () => {
      const timesMs = await launch([...times(30, { launchType: 'FARGATE' }), ...times(30, onSpot)]);

      expect(Math.max(...timesMs)).to.be.within(1_000, 3_500);
    });

    it("counts a cluster's default strategy as Fargate, and other capacity not at all", async () => {
      const byDefault = await launch(times(60, {}));
      const onInstances = await launch(times(60, { launchType: 'EC2' }));

      expect(Math.max(...byDefault)).to.be.within(7_000, 9_000);
      expect(Math.max(...onInstances)).to.equal(0);
    });

    it('does not let waiting launches delay stops', async () => {
      const clock = new FakeClock();
      const clients = someClients({ ecs: new FakeEcs(), region: 'ap-east-1' });
      const inner = { clientsFor: async () => clients, close() {} };
      const { ecs } = await new BudgetedAwsClientsProvider(inner, clock, budgetsOf(clock)).clientsFor(null);
      const beganMs = clock.nowMs();
      const launches = times(200, 'FARGATE').map((launchType, index) =>
        ecs.runTask({ taskDefinition: 'etl', launchType, clientToken: String(index) }),
      );

      await clock.run(ecs.stopTask({ task: 'arn' }).catch(() => null));

      expect(clock.nowMs() - beganMs).to.equal(0);
      await clock.run(Promise.all(launches));
    });
  });

  it('shares the budgets of an account between all its credentials', async () => {
    const clock = new FakeClock();
    const [first, second] = [someClients({ key: 'a' }), someClients({ key: 'b' })];
    const provider = new BudgetedAwsClientsProvider(
      { clientsFor: async (_, region) => (region === 'b' ? second : first), close() {} },
      clock,
      budgetsOf(clock),
    );
    const [one, two] = [await provider.clientsFor(null, 'a'), await provider.clientsFor(null, 'b')];
    const input = { taskDefinition: 'etl', launchType: 'FARGATE' };
    await one.ecs.runTask({ ...input, clientToken: 'x' });
    await two.ecs.runTask({ ...input, clientToken: 'y' });
    const beganMs = clock.nowMs();

    const launches = Array.from({ length: 60 }, (_, index) =>
      (index % 2 ? one : two).ecs.runTask({ ...input, clientToken: String(index) }),
    );
    await clock.run(Promise.all(launches));

    expect(clock.nowMs() - beganMs).to.be.greaterThan(1_900);
  });

  it('retries reads after throttling, and slows down', async () => {
    const clock = new FakeClock();
    const ecs = new FakeEcs();
    const clients = someClients({ ecs });
    const { ecs: budgeted } = await new BudgetedAwsClientsProvider(
      { clientsFor: async () => clients, close() {} },
      clock,
      budgetsOf(clock),
    ).clientsFor(null);
    ecs.script.listTasks = [awsError('ThrottlingException', 'Rate exceeded'), awsError('ServerException', 'x')];

    const answer = await clock.run(budgeted.listTasks({ cluster: 'analytics' }));

    expect(answer.taskArns).to.deep.equal([]);
    expect(ecs.count('listTasks')).to.equal(3);
  });

  it('does not retry launches itself', async () => {
    const clock = new FakeClock();
    const ecs = new FakeEcs();
    const clients = someClients({ ecs });
    const { ecs: budgeted } = await new BudgetedAwsClientsProvider(
      { clientsFor: async () => clients, close() {} },
      clock,
      budgetsOf(clock),
    ).clientsFor(null);
    ecs.script.runTask = [awsError('ThrottlingException', 'Rate exceeded')];

    const error = await budgeted.runTask({ clientToken: 'x' }).catch((reason) => reason);

    expect(error.name).to.equal('ThrottlingException');
    expect(ecs.count('runTask')).to.equal(1);
  });
});
