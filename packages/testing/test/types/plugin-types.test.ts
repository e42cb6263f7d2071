import {
  BaseJobConfiguration,
  BaseVariables,
  BaseWorker,
  definePlugin,
  type FlowRun,
  type RunContext,
  TOKENS,
  WorkerResult,
} from '@worker-host/core';
import { expect } from 'chai';
import { type ContractWorld, workerContract } from '../../src/index.js';

/** A directive without an error is itself an error: the build fails if one of these compiles. */
const WRONG: readonly (() => unknown)[] = [
  // @ts-expect-error a plugin needs a register function, or a base plugin
  () => definePlugin({ type: 't', displayName: 'T', description: 'T.', configuration: BaseJobConfiguration }),
  () =>
    definePlugin({
      type: 't',
      displayName: 'T',
      description: 'T.',
      // @ts-expect-error a configuration must be one of jobs
      configuration: Date,
      variables: BaseVariables,
      register: () => undefined,
    }),
  () =>
    definePlugin({
      type: 't',
      displayName: 'T',
      description: 'T.',
      configuration: BaseJobConfiguration,
      variables: BaseVariables,
      // @ts-expect-error the token of the worker accepts only workers
      register: (container) => container.register(TOKENS.Worker, { useValue: 'a worker' }),
    }),
  // @ts-expect-error a worker needs run and a type
  () => class extends BaseWorker {},
  () =>
    class extends BaseWorker {
      readonly type = 't';
      // @ts-expect-error run must resolve with a result
      async run(): Promise<number> {
        return 0;
      }
    },
  () =>
    class extends BaseWorker {
      readonly type = 't';
      // @ts-expect-error all three capabilities are required, as booleans
      override readonly capabilities = { canKill: 'yes' };
      async run(): Promise<WorkerResult> {
        return new WorkerResult('pid', 0);
      }
    },
  // @ts-expect-error a status code is a number
  () => new WorkerResult('pid', '0'),
  // @ts-expect-error an end needs all its members
  () => new WorkerResult('pid', 0, { exitCode: 0 }),
  (_run?: FlowRun, context?: RunContext) => {
    // @ts-expect-error a place must be plain JSON
    void context?.launching({ at: new Date() });
    // @ts-expect-error a wait needs its beginning
    context?.progress({ phase: 'waiting-for-capacity', reason: 'none' });
    // @ts-expect-error a phase must be one of three
    context?.progress({ phase: 'almost' });
    // @ts-expect-error a line needs its time
    context?.output([{ message: 'a line' }]);
  },
  // @ts-expect-error a world needs all required members
  (): ContractWorld => ({ createWorker: () => null as never, dispose: () => undefined }),
  // @ts-expect-error a contract needs a plugin
  () => workerContract({ runner: { describe, it, before, after }, arrange: () => null as never }),
];

describe('the types of the contract', () => {
  it('reject what a plugin must not do', () => {
    expect(WRONG).to.have.length.above(10);
  });
});
