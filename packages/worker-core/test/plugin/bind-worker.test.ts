import 'reflect-metadata';
import { expect } from 'chai';
import { type DependencyContainer, instanceCachingFactory, Lifecycle } from 'tsyringe';
import {
  BaseJobConfiguration,
  BaseVariables,
  BaseWorker,
  bindWorker,
  definePlugin,
  PluginBindsNoWorkerError,
  SecretRegistry,
  silentEventSink,
  silentLogger,
  silentMeter,
  systemClock,
  TOKENS,
  WorkerResult,
} from '../../src/index.js';

class IdleWorker extends BaseWorker {
  readonly type = 'idle';

  async run(): Promise<WorkerResult> {
    return new WorkerResult('idle', 0);
  }
}

function bound(register: (container: DependencyContainer) => void) {
  const plugin = definePlugin({
    type: 'idle',
    displayName: 'Idle',
    description: 'Does nothing.',
    configuration: BaseJobConfiguration,
    variables: BaseVariables,
    register,
  });
  const options = { workerName: 'w', workPoolName: 'p', environment: {}, hostCollectsOutput: false };
  return bindWorker(plugin, {
    logger: silentLogger,
    clock: systemClock,
    meter: silentMeter,
    secrets: new SecretRegistry(),
    events: silentEventSink,
    options,
  });
}

describe('bindWorker', () => {
  const disposed: string[] = [];
  beforeEach(() => void disposed.splice(0));

  class Part {
    constructor(readonly name: string) {}

    dispose(): void {
      disposed.push(this.name);
    }
  }
  class ByClass extends Part {
    constructor() {
      super('class');
    }
  }
  class Unregistered extends Part {
    constructor() {
      super('unregistered');
    }
  }

  it('disposes once of what the container created by class and by factory, in reverse order', async () => {
    const { dispose } = bound((container) => {
      container.register('factory', { useFactory: instanceCachingFactory(() => new Part('factory')) });
      container.register('class', { useClass: ByClass }, { lifecycle: Lifecycle.ContainerScoped });
      container.register(TOKENS.Worker, {
        useFactory: (parts) => {
          for (const token of ['class', 'factory', 'class', 'factory']) parts.resolve(token);
          return new IdleWorker();
        },
      });
    });

    await dispose();

    expect(disposed).to.deep.equal(['factory', 'class']);
  });

  it('disposes of every member of a collection, and of unregistered classes', async () => {
    const { dispose } = bound((container) => {
      for (const name of ['one', 'two']) container.register('all', { useFactory: () => new Part(name) });
      container.register(TOKENS.Worker, {
        useFactory: (parts) => {
          parts.resolveAll('all');
          parts.resolve(Unregistered);
          return new IdleWorker();
        },
      });
    });

    await dispose();

    expect(disposed).to.deep.equal(['two', 'one', 'unregistered']);
  });

  it('does not dispose of values given to the container', async () => {
    const { dispose } = bound((container) => {
      container.registerInstance('given', new Part('given'));
      container.register('alias', { useToken: 'given' });
      container.register(TOKENS.Worker, {
        useFactory: (parts) => {
          parts.resolve('given');
          parts.resolveAll('alias');
          return new IdleWorker();
        },
      });
    });

    await dispose();

    expect(disposed).to.deep.equal([]);
  });

  it('disposes of the others if one fails, and then rejects', async () => {
    const { dispose } = bound((container) => {
      container.register('sound', { useFactory: () => new Part('sound') });
      container.register('broken', {
        useFactory: () => ({
          dispose: () => {
            throw new Error('broken');
          },
        }),
      });
      container.register(TOKENS.Worker, {
        useFactory: (parts) => {
          for (const token of ['sound', 'broken']) parts.resolve(token);
          return new IdleWorker();
        },
      });
    });

    const error: unknown = await dispose().catch((reason: unknown) => reason);

    expect(error).to.be.instanceOf(AggregateError);
    expect(disposed).to.deep.equal(['sound']);
  });

  it('names the compiler settings that a class without decorators lacks', () => {
    class Launcher {
      constructor(readonly part: Part) {}
    }
    class Undecorated extends IdleWorker {
      constructor(readonly launcher: Launcher) {
        super();
      }
    }

    expect(() => bound((container) => container.register(TOKENS.Worker, { useClass: Undecorated }))).to.throw(
      PluginBindsNoWorkerError,
      /Undecorated needs @injectable\(\), and "experimentalDecorators": true and "emitDecoratorMetadata": true/,
    );
  });
});
