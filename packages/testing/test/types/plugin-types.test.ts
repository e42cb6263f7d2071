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

/** A directive that finds no error is an error itself: the build fails when one of these compiles. */
const WRONG: readonly (() => unknown)[] = [
  // @ts-expect-error a plugin has a register function, or extends another
  () => definePlugin({ type: 't', displayName: 'T', description: 'T.', configuration: BaseJobConfiguration }),
  () =>
    definePlugin({
      type: 't',
      displayName: 'T',
      description: 'T.',
      // @ts-expect-error a configuration is one of jobs
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
      // @ts-expect-error the token of the worker takes workers
      register: (container) => container.register(TOKENS.Worker, { useValue: 'a worker' }),
    }),
  // @ts-expect-error a worker has run and a type
  () => class extends BaseWorker {},
  () =>
    class extends BaseWorker {
      readonly type = 't';
      // @ts-expect-error run resolves with a result
      async run(): Promise<number> {
        return 0;
      }
    },
  () =>
    class extends BaseWorker {
      readonly type = 't';
      // @ts-expect-error capabilities are all three, and booleans
      override readonly capabilities = { canKill: 'yes' };
      async run(): Promise<WorkerResult> {
        return new WorkerResult('pid', 0);
      }
    },
  // @ts-expect-error a status code is a number
  () => new WorkerResult('pid', '0'),
  // @ts-expect-error an end has all its members
  () => new WorkerResult('pid', 0, { exitCode: 0 }),
  (_run?: FlowRun, context?: RunContext) => {
    // @ts-expect-error a place is plain JSON
    void context?.launching({ at: new Date() });
    // @ts-expect-error a wait has its beginning
    context?.progress({ phase: 'waiting-for-capacity', reason: 'none' });
    // @ts-expect-error a phase is one of three
    context?.progress({ phase: 'almost' });
    // @ts-expect-error a line has its time
    context?.output([{ message: 'a line' }]);
  },
  // @ts-expect-error a world has what every rule needs
  (): ContractWorld => ({ createWorker: () => null as never, dispose: () => undefined }),
  // @ts-expect-error a contract has a plugin
  () => workerContract({ runner: { describe, it, before, after }, arrange: () => null as never }),
];

describe('the types of the contract', () => {
  it('refuse what no plugin may be', () => {
    expect(WRONG).to.have.length.above(10);
  });
});
