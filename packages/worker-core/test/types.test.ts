import { expect } from 'chai';
import {
  BaseJobConfiguration,
  BaseVariables,
  BaseWorker,
  definePlugin,
  type JsonValue,
  PLUGIN_API_VERSION,
  type RunContext,
  type State,
  type WorkerPlugin,
  WorkerResult,
} from '../src/index.js';

const parts = {
  type: 'a-type',
  displayName: 'A type',
  description: 'For the compiler.',
  configuration: BaseJobConfiguration,
  variables: BaseVariables,
  register: () => undefined,
};

describe('the types that plugins are written against', () => {
  it('accept a complete plugin and set kind and version, which cannot be changed', () => {
    const plugin: WorkerPlugin = definePlugin(parts);
    expect([plugin.kind, plugin.apiVersion]).to.deep.equal(['worker-plugin', PLUGIN_API_VERSION]);
    expect(Object.isFrozen(plugin)).to.equal(true);
  });

  it('reject mistakes at compile time', () => {
    const { type: _type, ...rest } = parts;
    // @ts-expect-error a plugin needs a type
    definePlugin(rest);
    // @ts-expect-error a configuration must be a class of BaseJobConfiguration
    definePlugin({ ...parts, configuration: Date });
    // @ts-expect-error undefined is not JSON
    const json: JsonValue = undefined;
    // @ts-expect-error states have fixed types
    const type: State['type'] = 'DONE';
    const assign = (context: RunContext): void => {
      // @ts-expect-error the context is created by the host
      context.relaunch = 1;
    };
    // @ts-expect-error a worker must be able to run
    class Idle extends BaseWorker {
      readonly type = 'idle';
    }
    // @ts-expect-error an exit status is a number
    const result = new WorkerResult('pid', '0');
    expect([json, type, typeof assign, Idle.name, result.isSuccess]).to.deep.equal([
      undefined,
      'DONE',
      'function',
      'Idle',
      false,
    ]);
  });
});
