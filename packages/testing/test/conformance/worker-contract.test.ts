import { BaseJobConfiguration, definePlugin, Field } from '@worker-host/core';
import { expect } from 'chai';
import { STANDING_RULES } from '../../src/conformance/standing-rules.js';
import { workerContract } from '../../src/conformance/worker-contract.js';
import { BROKEN_ENDS } from './broken/broken-ends.js';
import { BROKEN_HABITS } from './broken/broken-habits.js';
import { BROKEN_IDENTITIES } from './broken/broken-identities.js';
import { BROKEN_LAUNCHES } from './broken/broken-launches.js';
import { BROKEN_ORDERS } from './broken/broken-orders.js';
import { BROKEN_RECOVERIES } from './broken/broken-recoveries.js';
import { BROKEN_RESTARTS } from './broken/broken-restarts.js';
import { type BrokenWorker, withMethod } from './broken/broken-worker.js';
import { CollectingRunner } from './collecting-runner.js';
import { MemoryWorker, memoryPlugin } from './memory-worker.js';
import { type MemoryWorkerClass, memoryWorld } from './memory-world.js';

const BROKEN: readonly BrokenWorker[] = [
  ...BROKEN_IDENTITIES,
  ...BROKEN_LAUNCHES,
  ...BROKEN_RECOVERIES,
  ...BROKEN_ENDS,
  ...BROKEN_RESTARTS,
  ...BROKEN_ORDERS,
  ...BROKEN_HABITS,
];
const TEMPLATE_RULE = 'identity: has a base job template whose fields are variables of its form or fixed values';

function contractOf(workerClass: MemoryWorkerClass, classOfProcess?: () => MemoryWorkerClass, patienceSeconds = 20) {
  const runner = new CollectingRunner();
  const arrange = () => memoryWorld(workerClass, classOfProcess);
  workerContract({ runner, plugin: memoryPlugin, arrange, patienceSeconds });
  return runner;
}

const failuresOf = (outcomes: ReadonlyMap<string, unknown>) =>
  [...outcomes].flatMap(([, outcome]) => (outcome instanceof Error ? outcome.message : []));

describe('workerContract', () => {
  afterEach(() => {
    // State that broken workers leave behind in the process.
    process.removeAllListeners('SIGHUP');
    delete process.env.CONTRACT_RUN;
  });

  it('passes a worker that conforms to every rule, without skipping any', async () => {
    const runner = contractOf(MemoryWorker);

    const outcomes = await runner.run();

    expect(failuresOf(outcomes)).to.deep.equal([]);
    expect([...runner.skipped]).to.deep.equal([]);
    expect(outcomes.size).to.be.greaterThan(50);
  });

  it('tests a worker without capabilities only for run, release and refusing the rest', async () => {
    const methodsOfBase = Object.getPrototypeOf(MemoryWorker.prototype) as MemoryWorker;
    class Plain extends MemoryWorker {
      override readonly capabilities = { canKill: false, canResume: false, canList: false };
      override killInfrastructure = methodsOfBase.killInfrastructure;
      override resume = methodsOfBase.resume;
      override listInfrastructure = methodsOfBase.listInfrastructure;
    }
    const runner = contractOf(Plain);

    expect(failuresOf(await runner.run())).to.deep.equal([]);
    expect([...runner.skipped]).to.deep.include([
      'kill: stops a job, whose run then ends without success',
      'the worker does not declare canKill',
    ]);
  });

  it('skips what the world does not provide, and names the absent member', async () => {
    const runner = new CollectingRunner();
    const arrange = () => ({ ...memoryWorld(MemoryWorker), print: undefined as never });
    workerContract({ runner, plugin: memoryPlugin, arrange });

    expect(failuresOf(await runner.run((test) => test.startsWith('output')))).to.deep.equal([]);
    expect([...new Set(runner.skipped.values())]).to.deep.equal(['arrange() does not provide print']);
  });

  it('detects a template that refers to a variable the form does not have', async () => {
    class Wider extends BaseJobConfiguration {
      @Field({ wireName: 'depth', type: 'integer?', title: 'Depth' })
      depth: number | null = null;
    }
    const runner = new CollectingRunner();
    const plugin = definePlugin({ ...memoryPlugin, configuration: Wider });
    workerContract({ runner, plugin, arrange: () => memoryWorld(MemoryWorker) });

    const [failure, ...others] = failuresOf(await runner.run());

    expect(failure).to.include(TEMPLATE_RULE).and.include('depth refers to {{ depth }}');
    expect(others).to.deep.equal([]);
  });

  it('reports what it waited for, and how long, if a promise never settles', async () => {
    const hanging = withMethod('killInfrastructure', () => () => new Promise<void>(() => undefined));
    const rule = 'kill: stops a job, whose run then ends without success';
    const runner = contractOf(hanging, undefined, 0.05);

    const outcomes = await runner.run((test) => test === rule);

    expect(failuresOf(outcomes)[0]).to.include('Found: killInfrastructure() has not settled within 0.05 s');
  });

  it('has a broken worker for every rule', () => {
    const rules = [...contractOf(MemoryWorker).names, ...STANDING_RULES.map(({ name }) => `always: ${name}`)];

    expect(rules.filter((rule) => !BROKEN.some((each) => each.rule === rule))).to.deep.equal([TEMPLATE_RULE]);
    expect(BROKEN.filter(({ rule }) => !rules.includes(rule))).to.deep.equal([]);
  });

  for (const { fault, rule, workerClass, classOfProcess } of BROKEN) {
    it(`detects a worker that ${fault}`, async () => {
      const runner = contractOf(workerClass, classOfProcess, 0.2);
      const isStanding = rule.startsWith('always: ');

      const outcomes = await runner.run((test) => isStanding || test === rule);

      expect(failuresOf(outcomes).join('\n')).to.include(`breaks the rule "${rule}"`).and.include('Why it matters: ');
    });
  }
});
