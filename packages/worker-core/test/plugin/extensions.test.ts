import 'reflect-metadata';
import { expect } from 'chai';
import type { DependencyContainer } from 'tsyringe';
import {
  BaseJobConfiguration,
  BaseVariables,
  BaseWorker,
  bindWorker,
  defineExtension,
  definePlugin,
  ExtensionFailedError,
  extendHost,
  Field,
  ownContainer,
  PluginBaseInvalidError,
  SecretRegistry,
  silentEventSink,
  silentLogger,
  silentMeter,
  systemClock,
  TOKENS,
  type WorkerExtension,
  type WorkerPlugin,
  WorkerResult,
} from '../../src/index.js';

class NamedWorker extends BaseWorker {
  constructor(
    readonly type: string,
    readonly greeting: string,
  ) {
    super();
  }

  async run(): Promise<WorkerResult> {
    return new WorkerResult('named', 0);
  }
}

class BoxConfiguration extends BaseJobConfiguration {}
class BoxVariables extends BaseVariables {}
class SizedConfiguration extends BoxConfiguration {
  @Field({ wireName: 'size', type: 'integer?', title: 'Size' })
  size: number | null = null;
}

const box = definePlugin({
  type: 'box',
  displayName: 'Box',
  description: 'Runs each job in a box.',
  configuration: BoxConfiguration,
  variables: BoxVariables,
  register(container) {
    container.registerInstance('greeting', 'hello');
    container.register(TOKENS.Worker, {
      useFactory: (parts) =>
        new NamedWorker(parts.resolve(TOKENS.WorkerOptions).workerType, parts.resolve<string>('greeting')),
    });
  },
  settings: () => [{ name: 'BOX', value: null, default: '' }],
});

function bound(plugin: WorkerPlugin, extensions: readonly WorkerExtension[] = []): NamedWorker {
  const options = { workerName: 'w', workPoolName: 'p', environment: {}, hostCollectsOutput: false };
  const bindings = {
    logger: silentLogger,
    clock: systemClock,
    meter: silentMeter,
    secrets: new SecretRegistry(),
    events: silentEventSink,
    options,
  };
  return bindWorker(plugin, bindings, extensions).worker as NamedWorker;
}

function greeting(text: string): (container: DependencyContainer) => void {
  return (container) => void container.registerInstance('greeting', text);
}

describe('a plugin that extends another', () => {
  it('inherits the members of its base under its own type', () => {
    const plugin = definePlugin({ type: 'big-box', extends: box });
    const worker = bound(plugin);

    expect([worker.type, worker.greeting]).to.deep.equal(['big-box', 'hello']);
    expect(plugin).to.include({ displayName: 'Box', configuration: BoxConfiguration, variables: BoxVariables });
  });

  it('registers after its base, and lists its settings together with those of the base', () => {
    const plugin = definePlugin({
      type: 'big-box',
      extends: box,
      configuration: SizedConfiguration,
      register: greeting('good day'),
      settings: () => [{ name: 'BIG_BOX', value: null, default: '' }],
    });

    expect(bound(plugin).greeting).to.equal('good day');
    expect(plugin.settings?.({}).map(({ name }) => name)).to.deep.equal(['BOX', 'BIG_BOX']);
  });

  it('can be extended in turn', () => {
    const big = definePlugin({ type: 'big-box', extends: box, register: greeting('good day') });
    const huge = definePlugin({ type: 'huge-box', extends: big });

    const worker = bound(huge);

    expect([worker.type, worker.greeting]).to.deep.equal(['huge-box', 'good day']);
  });

  it('rejects classes that do not extend those of its base, and a base that is not a plugin', () => {
    expect(() => definePlugin({ type: 'big-box', extends: box, configuration: BaseJobConfiguration })).to.throw(
      PluginBaseInvalidError,
      "The plugin 'big-box' cannot extend its base: its configuration must extend BoxConfiguration, the configuration of the plugin 'box'.",
    );
    expect(() => definePlugin({ type: 'big-box', extends: box, variables: BaseVariables })).to.throw(/BoxVariables/);
    expect(() => definePlugin({ type: 'big-box', extends: { plugin: box } as never })).to.throw(/not a plugin/);
  });

  it('is checked at compile time', () => {
    // @ts-expect-error a plugin without a base needs every part
    const incomplete = () => definePlugin({ type: 'big-box' });
    // @ts-expect-error an extending plugin needs its own type
    const untyped = () => definePlugin({ extends: box });
    expect([incomplete, untyped]).to.have.length(2);
  });
});

describe('an extension', () => {
  it('registers after the plugin, the last extension last', () => {
    const extensions = ['good day', 'ahoy'].map((text) => defineExtension({ name: text, register: greeting(text) }));

    expect(bound(box, extensions).greeting).to.equal('ahoy');
  });

  it('applies to plugins of its types, and to plugins that extend them', () => {
    const ofBox = defineExtension({ name: 'ours', types: ['box'], register: greeting('ours') });
    const ofCrate = defineExtension({ name: 'theirs', types: ['crate'], register: greeting('theirs') });

    expect(bound(box, [ofBox, ofCrate]).greeting).to.equal('ours');
    expect(bound(definePlugin({ type: 'big-box', extends: box }), [ofCrate, ofBox]).greeting).to.equal('ours');
  });

  it('registers in the container of the host', () => {
    const { container } = ownContainer('failed');

    extendHost([defineExtension({ name: 'ours', registerHost: greeting('ours') })], container);

    expect(container.resolve('greeting')).to.equal('ours');
  });

  it('is named in the error if it fails, with the container', () => {
    const fail = () => {
      throw new Error('no such token');
    };
    const extension = defineExtension({ name: 'ours', register: fail, registerHost: fail });

    expect(() => bound(box, [extension])).to.throw(ExtensionFailedError, /'ours'.*of the plugin: no such token/);
    expect(() => extendHost([extension], ownContainer('failed').container)).to.throw(/'ours'.*of the host/);
  });
});
