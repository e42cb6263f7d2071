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
import { say } from '../src/aws/launch-error-row.js';
import { EcsSettingsError } from '../src/ecs-settings.js';
import { ECS_TOKENS } from '../src/ecs-tokens.js';
import { plugin } from '../src/plugin.js';
import { registerParts } from '../src/register-parts.js';
import { FakeAccounts } from './support/accounts.js';
import { aLaunchOrder, someClients } from './support/builders.js';
import { anEcsContainer } from './support/ecs-container.js';
import { FakeClock } from './support/fake-clock.js';
import { awsError, FakeEcs } from './support/fake-ecs.js';

describe('the container of the plugin', () => {
  it('makes each part once', () => {
    const container = anEcsContainer();

    for (const [name, token] of Object.entries(ECS_TOKENS)) {
      if (name.endsWith('Row')) continue;
      expect(container.resolve(token as symbol), name).to.equal(container.resolve(token as symbol));
    }
    expect(container.resolve(TOKENS.Worker)).to.equal(container.resolve(TOKENS.Worker));
  });

  it('uses what it holds already in place of its own parts', async () => {
    const events: string[] = [];
    const publisher = { publish: () => void events.push('published') };
    const container = anEcsContainer({ parts: [[ECS_TOKENS.TaskEventPublisher, publisher]] });

    expect(container.resolve(ECS_TOKENS.TaskEventPublisher)).to.equal(publisher);
  });

  it('matches rows of launch errors that were registered before its own first', async () => {
    const clock = new FakeClock();
    const ecs = new FakeEcs();
    const row = {
      code: 'quota-of-ours',
      class: 'capacity',
      arrives: 'error',
      pattern: /our quota/,
      summary: say('The quota of the team is used up'),
      resolution: say('Wait.'),
      example: { message: 'our quota' },
    };
    const container = anEcsContainer({ clock, parts: [[ECS_TOKENS.LaunchErrorRow, row]] });
    ecs.script.runTask = [awsError('ClientException', 'beyond our quota')];

    const launcher = container.resolve(ECS_TOKENS.TaskLauncher);
    const launched = await clock.run(launcher.launch(aLaunchOrder({ clients: someClients({ ecs }) })));

    expect(launched.adopted).to.equal(false);
    expect(ecs.count('runTask')).to.equal(2);
  });

  it('names the settings that cannot be read when the worker is made', () => {
    const container = anEcsContainer({ options: { environment: { WORKER_HOST_ECS_RUN_LIMIT_SECONDS: 'long' } } });

    expect(() => container.resolve(TOKENS.Worker)).to.throw(/WORKER_HOST_ECS_RUN_LIMIT_SECONDS/);
    expect(() => container.resolve(ECS_TOKENS.Settings)).to.throw(EcsSettingsError);
  });

  it('disposes of what it made, and not of what it was given', async () => {
    const clock = new FakeClock();
    const closed: string[] = [];
    const aws = Object.assign(new FakeAccounts(clock), { dispose: () => closed.push('given clients') });
    const extended = definePlugin({
      ...plugin,
      register(container) {
        container.registerInstance(ECS_TOKENS.AwsClients, aws);
        container.register(ECS_TOKENS.LogLocator, {
          useFactory: () => ({
            locate: async () => ({ elsewhere: 'nowhere' }),
            dispose: () => closed.push('made locator'),
          }),
        });
        registerParts(container);
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
    await worker.setup();
    await worker.teardown();

    await dispose();

    expect(closed).to.deep.equal(['made locator']);
  });
});
