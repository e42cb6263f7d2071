import {
  bindWorker,
  definePlugin,
  SecretRegistry,
  silentEventSink,
  silentLogger,
  silentMeter,
  TOKENS,
} from '@worker-host/core';
import { expect } from 'chai';
import { awsBudgetLimits } from '../src/aws/budgets/account-budgets.js';
import type { ClientSettings } from '../src/aws/connection/client-settings.js';
import { type LaunchErrorRow, say } from '../src/aws/launch-errors/launch-error-row.js';
import { ECSJobConfiguration } from '../src/configuration/ecs-job-configuration.js';
import { EcsSettingsError } from '../src/ecs-settings.js';
import { ECS_TOKENS } from '../src/ecs-tokens.js';
import { plugin } from '../src/plugin.js';
import { findTaskRunProblems } from '../src/task-run/check-task-run.js';
import { FakeAccounts } from './support/accounts.js';
import { aLaunchOrder, someClients } from './support/builders.js';
import { anEcsContainer } from './support/ecs-container.js';
import { FakeClock } from './support/fake-clock.js';
import { awsError, FakeEcs } from './support/fake-ecs.js';

describe('the container of the plugin', () => {
  it('creates each part once', () => {
    const container = anEcsContainer();

    for (const [name, token] of Object.entries(ECS_TOKENS)) {
      expect(container.resolve(token as symbol), name).to.equal(container.resolve(token as symbol));
    }
    expect(container.resolve(TOKENS.Worker)).to.equal(container.resolve(TOKENS.Worker));
  });

  it('uses the part that was registered last', () => {
    const publisher = { publish: () => {} };
    const container = anEcsContainer({ parts: [[ECS_TOKENS.TaskEventPublisher, publisher]] });

    expect(container.resolve(ECS_TOKENS.TaskEventPublisher)).to.equal(publisher);
  });

  it('keeps the clients of another factory within the budgets', async () => {
    const clock = new FakeClock();
    const ecs = new FakeEcs();
    const factory = { clientsFor: async () => someClients({ ecs }), close: () => {} };
    const limits = (region: string) => ({
      ...awsBudgetLimits(region),
      clusterRead: { name: 'read', burst: 2, perSecond: 0.1 },
    });
    const container = anEcsContainer({
      clock,
      parts: [
        [ECS_TOKENS.AwsClientFactory, factory],
        [ECS_TOKENS.BudgetLimits, limits],
      ],
    });
    const clients = await container.resolve(ECS_TOKENS.AwsClients).clientsFor(null);

    const listing = Promise.all([1, 2].map(() => clients.ecs.listTasks({})));
    await clock.advance(5_000);
    const atFirst = ecs.count('listTasks');
    await clock.run(listing);

    expect([atFirst, ecs.count('listTasks')]).to.deep.equal([1, 2]);
  });

  it('signs with the keys of another credential source', async () => {
    const asked: (string | null)[] = [];
    const handler = { handle: () => Promise.reject(new Error('no network')) };
    const source = {
      providerFor: async ({ region }: ClientSettings) => {
        asked.push(region);
        return async () => ({ accessKeyId: 'AKIAVAULT', secretAccessKey: 'of the vault' });
      },
    };
    const container = anEcsContainer({
      options: { environment: { AWS_REGION: 'eu-west-1' } },
      parts: [
        [ECS_TOKENS.AwsCredentialSource, source],
        [ECS_TOKENS.AwsRequestHandler, handler],
      ],
    });
    const { sts } = await container.resolve(ECS_TOKENS.AwsClientFactory).clientsFor(null);

    await sts.getCallerIdentity().catch(() => {});

    expect(asked).to.deep.equal(['eu-west-1']);
  });

  it('checks launches by every rule; the last one with a name replaces earlier ones', () => {
    const own = { name: 'team-tag', check: () => [] };
    const changed = { name: 'oneTask', check: () => [] };
    const container = anEcsContainer({
      parts: [
        [ECS_TOKENS.LaunchRule, own],
        [ECS_TOKENS.LaunchRule, changed],
      ],
    });
    const run = {
      request: { count: 2 },
      taskDefinition: {},
      configuration: new ECSJobConfiguration(),
    };
    const rules = container.resolveAll(ECS_TOKENS.LaunchRule);

    expect(rules).to.include(own);
    expect(findTaskRunProblems(run)).to.have.length(1);
    expect(findTaskRunProblems(run, rules)).to.deep.equal([]);
  });

  it('matches the last registered row of launch errors first', async () => {
    const clock = new FakeClock();
    const ecs = new FakeEcs();
    const row: LaunchErrorRow = {
      code: 'quota-of-ours',
      class: 'capacity',
      arrives: 'error',
      summary: say('The quota of the team is used up'),
      resolution: say('Wait.'),
      example: { message: 'our quota' },
    };
    const container = anEcsContainer({
      clock,
      parts: [
        [ECS_TOKENS.LaunchErrorRow, { ...row, class: 'permanent' }],
        [ECS_TOKENS.LaunchErrorRow, row],
      ],
    });
    ecs.script.runTask = [awsError('AccessDeniedException', 'beyond our quota')];

    const launcher = container.resolve(ECS_TOKENS.TaskLauncher);
    const launched = await clock.run(launcher.launch(aLaunchOrder({ clients: someClients({ ecs }) })));

    expect(launched.adopted).to.equal(false);
    expect(ecs.count('runTask')).to.equal(2);
  });

  it('reports invalid settings when the worker is created', () => {
    const container = anEcsContainer({ options: { environment: { WORKER_HOST_ECS_RUN_LIMIT_SECONDS: 'long' } } });

    expect(() => container.resolve(TOKENS.Worker)).to.throw(/WORKER_HOST_ECS_RUN_LIMIT_SECONDS/);
    expect(() => container.resolve(ECS_TOKENS.Settings)).to.throw(EcsSettingsError);
  });

  it('disposes of what it created, and not of what it was given', async () => {
    const clock = new FakeClock();
    const closed: string[] = [];
    const aws = Object.assign(new FakeAccounts(clock), { dispose: () => closed.push('given clients') });
    const extended = definePlugin({
      type: 'ecs-spot',
      extends: plugin,
      register(container) {
        container.registerInstance(ECS_TOKENS.AwsClients, aws);
        container.register(ECS_TOKENS.LogLocator, {
          useFactory: () => ({
            locate: async () => ({ elsewhere: 'nowhere' }),
            dispose: () => closed.push('made locator'),
          }),
        });
      },
    });
    const { worker, dispose } = bindWorker(extended, {
      clock,
      logger: silentLogger,
      meter: silentMeter,
      secrets: new SecretRegistry(),
      events: silentEventSink,
      options: { workerName: 'w', workPoolName: 'p', environment: {}, hostCollectsOutput: false },
    });
    expect(worker.type).to.equal('ecs-spot');
    await worker.setup();
    await worker.teardown();

    await dispose();

    expect(closed).to.deep.equal(['made locator']);
  });
});
