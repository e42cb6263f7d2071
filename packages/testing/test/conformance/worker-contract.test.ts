import {
  BaseJobConfiguration,
  definePlugin,
  Field,
  type FlowRun,
  InfrastructureStopUnconfirmed,
  type LaunchPlace,
  LaunchRefused,
  type RunContext,
  WorkerNotReadyError,
  type WorkerResult,
} from '@worker-host/core';
import { expect } from 'chai';
import { workerContract } from '../../src/conformance/worker-contract.js';
import { CollectingRunner } from './collecting-runner.js';
import type { MemoryConfiguration, MemoryJob } from './memory-worker.js';
import { type Memory, MemoryWorker, memoryPlugin, memoryWorld, OutageError } from './memory-worker.js';

async function outcomesOf(workerClass: new (memory: Memory) => MemoryWorker): Promise<ReadonlyMap<string, unknown>> {
  const runner = new CollectingRunner();
  workerContract({ runner, plugin: memoryPlugin, arrange: async () => memoryWorld(workerClass) });
  return await runner.run();
}

type Run = (flowRun: FlowRun, configuration: MemoryConfiguration, context: RunContext) => Promise<WorkerResult>;

/** A worker whose `run` is put together from the sound one. */
function withRun(change: (worker: MemoryWorker, run: Run) => Run): new (memory: Memory) => MemoryWorker {
  return class extends MemoryWorker {
    override run(flowRun: FlowRun, configuration: MemoryConfiguration, context: RunContext): Promise<WorkerResult> {
      return change(this, super.run.bind(this))(flowRun, configuration, context);
    }
  };
}

/** The context with some of its members replaced. */
function changed(context: RunContext, over: Partial<RunContext>): RunContext {
  return new Proxy(context, {
    get: (target, name) => {
      if (Object.hasOwn(over, name)) return Reflect.get(over, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const never = new AbortController().signal;
const launching = async (): Promise<void> => undefined;
let launches = 0;

/** One rule broken each, and the test that has to notice. */
const BROKEN: readonly (readonly [string, string, new (memory: Memory) => MemoryWorker])[] = [
  [
    'is of another type than its plugin',
    'identity: serves the type of its plugin',
    class extends MemoryWorker {
      override readonly type = 'other';
    },
  ],
  [
    'declares no truth value',
    'identity: declares each capability as true or false',
    class extends MemoryWorker {
      override readonly capabilities = { canKill: true, canResume: true, canList: 1 as unknown as boolean };
    },
  ],
  [
    'declares a capability it does not have',
    'identity: has the methods of the capabilities it declares, and refuses the others with NOT_SUPPORTED_BY_WORKER',
    class extends MemoryWorker {
      override readonly capabilities = { canKill: true, canResume: true, canList: false };
    },
  ],
  [
    'is never ready',
    'identity: is ready where its infrastructure can be reached',
    class extends MemoryWorker {
      override checkReady(): Promise<void> {
        return Promise.reject(new WorkerNotReadyError('memory', 'it never is'));
      }
    },
  ],
  [
    'is ill and says nothing of it',
    'identity: says how it is',
    class extends MemoryWorker {
      override health() {
        return { isHealthy: false, problems: [] };
      }
    },
  ],
  [
    'tells the pid twice',
    'run: tells the pid once, and results in the same one',
    withRun((_worker, run) => async (flowRun, configuration, context) => {
      const started = async (pid: string): Promise<void> => {
        await context.started(pid);
        await context.started(pid);
      };
      return await run(flowRun, configuration, changed(context, { started }));
    }),
  ],
  [
    'takes every end for a success',
    "run: results in the job's own exit status",
    class extends MemoryWorker {
      protected override resultOf(job: MemoryJob, _exitCode: number, relaunch: number) {
        return super.resultOf(job, 0, relaunch);
      }
    },
  ],
  [
    'takes every end for a failure',
    'run: results in success for exit status 0',
    class extends MemoryWorker {
      protected override resultOf(job: MemoryJob, _exitCode: number, relaunch: number) {
        return super.resultOf(job, 1, relaunch);
      }
    },
  ],
  [
    'does not stay to the end',
    'run: stays with the job until it has ended',
    class extends MemoryWorker {
      protected override async watch(job: MemoryJob, context: RunContext) {
        return this.resultOf(job, 0, context.relaunch);
      }
    },
  ],
  [
    'launches at every call',
    'run: launches once for the same attempt and relaunch, asked twice at the same time',
    class extends MemoryWorker {
      protected override keyOf(flowRun: FlowRun, context: RunContext): string {
        launches += 1;
        return `${super.keyOf(flowRun, context)}/${launches}`;
      }
    },
  ],
  [
    'launches again after a restart',
    'run: launches once for the same attempt and relaunch, asked again after a restart',
    class extends MemoryWorker {
      protected override keyOf(flowRun: FlowRun, context: RunContext): string {
        return `${super.keyOf(flowRun, context)}/${context.mayHaveLaunched}`;
      }
    },
  ],
  [
    'launches before the place is stored',
    'run: stores where it launches before it launches',
    withRun((_worker, run) => async (flowRun, configuration, context) => {
      const hasty = async (place: LaunchPlace): Promise<void> => void context.launching(place);
      return await run(flowRun, configuration, changed(context, { launching: hasty }));
    }),
  ],
  [
    'launches though the place could not be stored',
    'run: launches nothing where that cannot be stored, and rejects with the same reason',
    withRun((_worker, run) => async (flowRun, configuration, context) => {
      const careless = (place: LaunchPlace): Promise<void> => context.launching(place).catch(() => undefined);
      return await run(flowRun, configuration, changed(context, { launching: careless }));
    }),
  ],
  [
    'launches though another worker may own the run',
    'run: launches nothing that another worker may own by the time it is sent, and rejects with the reason',
    withRun((_worker, run) => async (flowRun, configuration, context) => {
      return await run(flowRun, configuration, changed(context, { assertOwned: () => undefined }));
    }),
  ],
  [
    'takes a relaunch for the first launch',
    'run: launches anew for another relaunch',
    class extends MemoryWorker {
      protected override keyOf(flowRun: FlowRun, { attempt }: RunContext): string {
        return `${flowRun.id}/${attempt.id}`;
      }
    },
  ],
  [
    'rejects with an error of its own when the host stops watching',
    "abort: rejects with the signal's own reason when the host stops watching",
    withRun((_worker, run) => async (flowRun, configuration, context) => {
      try {
        return await run(flowRun, configuration, context);
      } catch (cause) {
        throw context.signal.aborted ? new Error('aborted', { cause }) : cause;
      }
    }),
  ],
  [
    'stops the job when the host stops watching',
    'abort: leaves the job as it is when the host stops watching',
    withRun((worker, run) => async (flowRun, configuration, context) => {
      const started = async (pid: string): Promise<void> => {
        context.signal.addEventListener('abort', () => void worker.killInfrastructure(pid));
        await context.started(pid);
      };
      return await run(flowRun, configuration, changed(context, { started }));
    }),
  ],
  [
    'launches though nobody watches',
    'abort: launches nothing when the signal is aborted already',
    withRun((_worker, run) => async (flowRun, configuration, context) => {
      if (context.signal.aborted) await run(flowRun, configuration, changed(context, { signal: never, launching }));
      return await run(flowRun, configuration, context);
    }),
  ],
  [
    'launches what is cancelled',
    'abort: launches nothing for a run that is cancelled already, and rejects with that reason',
    withRun((_worker, run) => async (flowRun, configuration, context) => {
      return await run(flowRun, configuration, changed(context, { cancelled: never, launching }));
    }),
  ],
  [
    'leaves a job that is cancelled',
    'abort: stays with a job that is cancelled after its launch, until it has ended',
    withRun((_worker, run) => async (flowRun, configuration, context) => {
      const cancelled = new Promise<never>((_resolve, reject) => {
        context.cancelled.addEventListener('abort', () => reject(context.cancelled.reason));
      });
      return await Promise.race([run(flowRun, configuration, context), cancelled]);
    }),
  ],
  [
    'forgets that the end was asked for',
    'kill: stops a job, whose run then ends without success',
    class extends MemoryWorker {
      override async killInfrastructure(pid: string): Promise<void> {
        this.jobOf(pid).end(137);
      }
    },
  ],
  [
    'takes a stopped job for a success',
    'kill: stops a job that another worker launched',
    class extends MemoryWorker {
      override async killInfrastructure(pid: string): Promise<void> {
        this.jobOf(pid).end(0);
      }
    },
  ],
  [
    'takes an order to stop for the stop',
    'kill: resolves only for a job that stops, and stops it when it is asked again',
    class extends MemoryWorker {
      override async killInfrastructure(pid: string): Promise<void> {
        await super.killInfrastructure(pid).catch((error: unknown) => {
          if (!(error instanceof InfrastructureStopUnconfirmed)) throw error;
        });
      }
    },
  ],
  [
    'stops what is not there without a word',
    'kill: says that there is no such infrastructure, at last',
    class extends MemoryWorker {
      override async killInfrastructure(pid: string): Promise<void> {
        await super.killInfrastructure(pid).catch(() => undefined);
      }
    },
  ],
  [
    'launches when it shall resume',
    'resume: watches a job of another worker to its end, without launching anything',
    class extends MemoryWorker {
      override async resume(pid: string, flowRun: FlowRun, configuration: MemoryConfiguration, context: RunContext) {
        this.memory.launch(`${flowRun.id}/again`, flowRun.id, 'again', { kind: 'held' });
        return await super.resume(pid, flowRun, configuration, context);
      }
    },
  ],
  [
    'resumes with an error of its own when the host stops watching',
    "resume: rejects with the signal's own reason when the host stops watching",
    class extends MemoryWorker {
      override async resume(pid: string, flowRun: FlowRun, configuration: MemoryConfiguration, context: RunContext) {
        return await super.resume(pid, flowRun, configuration, context).catch((cause: unknown) => {
          throw context.signal.aborted ? new Error('aborted', { cause }) : cause;
        });
      }
    },
  ],
  [
    'resumes what is not there with a plain error',
    'resume: says that there is no such infrastructure',
    class extends MemoryWorker {
      override async resume(pid: string, flowRun: FlowRun, configuration: MemoryConfiguration, context: RunContext) {
        if (pid === 'job-0') throw new Error('no such job');
        return await super.resume(pid, flowRun, configuration, context);
      }
    },
  ],
  [
    'lists what has ended',
    'resume: lists a job with its run and attempt while it lives, and no longer',
    class extends MemoryWorker {
      override async listInfrastructure() {
        const all = [...this.memory.jobs.values()];
        return all.map(({ pid, flowRunId, attemptId }) => ({ infrastructurePid: pid, flowRunId, attemptId }));
      }
    },
  ],
  [
    'does not find what was launched',
    'resume: finds the job of a launch whose pid was never stored, and none for a launch that was never sent',
    class extends MemoryWorker {
      override async findInfrastructure(): Promise<string | null> {
        return null;
      }
    },
  ],
  [
    'cannot be torn down twice',
    'teardown: is safe to call twice',
    class extends MemoryWorker {
      #isDown = false;

      override async teardown(): Promise<void> {
        if (this.#isDown) throw new Error('torn down already');
        this.#isDown = true;
      }
    },
  ],
  [
    'cannot be torn down without a setup',
    'teardown: is safe to call without a setup',
    class extends MemoryWorker {
      #isUp = false;

      override async setup(): Promise<void> {
        this.#isUp = true;
      }

      override async teardown(): Promise<void> {
        if (!this.#isUp) throw new Error('never set up');
      }
    },
  ],
  [
    'stops its jobs when it is torn down',
    'teardown: leaves jobs as they are',
    class extends MemoryWorker {
      override async teardown(): Promise<void> {
        for (const job of this.memory.jobs.values()) job.end(143);
      }
    },
  ],
  [
    'fails to launch with an error that is no refusal',
    'errors: refuses what cannot be launched with a LaunchRefused that has a code, and launches nothing',
    withRun((_worker, run) => async (flowRun, configuration, context) => {
      if (configuration.job === 'broken') throw new OutageError('it cannot be launched');
      return await run(flowRun, configuration, context);
    }),
  ],
  [
    'refuses a launch because of an outage',
    'errors: refuses no launch because the infrastructure cannot be reached, and launches once when it can again',
    withRun((_worker, run) => async (flowRun, configuration, context) => {
      return await run(flowRun, configuration, context).catch((cause: unknown) => {
        throw cause instanceof OutageError ? new LaunchRefused('it cannot be launched', { cause }) : cause;
      });
    }),
  ],
  [
    'does not check its access',
    'errors: is not ready without access, refuses no launch for it, and is ready again by itself',
    class extends MemoryWorker {
      override async checkReady(): Promise<void> {}
    },
  ],
];

describe('workerContract', () => {
  it('passes a worker that keeps every rule', async () => {
    const outcomes = await outcomesOf(MemoryWorker);
    expect([...outcomes].filter(([, outcome]) => outcome !== null)).to.deep.equal([]);
    expect(outcomes.size).to.be.greaterThan(25);
  });

  it('asks nothing of a worker without capabilities but to run, let go and refuse the rest', async () => {
    class Plain extends MemoryWorker {
      override readonly capabilities = { canKill: false, canResume: false, canList: false };
      override killInfrastructure = Object.getPrototypeOf(MemoryWorker.prototype).killInfrastructure;
      override resume = Object.getPrototypeOf(MemoryWorker.prototype).resume;
      override listInfrastructure = Object.getPrototypeOf(MemoryWorker.prototype).listInfrastructure;
    }
    const outcomes = await outcomesOf(Plain);
    expect([...outcomes].filter(([, outcome]) => outcome !== null)).to.deep.equal([]);
  });

  it('notices a template that refers to a variable the form does not have', async () => {
    class Wider extends BaseJobConfiguration {
      @Field({ wireName: 'depth', type: 'integer?', title: 'Depth' })
      depth: number | null = null;
    }
    const runner = new CollectingRunner();
    const plugin = definePlugin({ ...memoryPlugin, configuration: Wider });
    workerContract({ runner, plugin, arrange: async () => memoryWorld(MemoryWorker) });
    const failed = [...(await runner.run())].filter(([, outcome]) => outcome !== null);
    expect(failed.map(([rule]) => rule)).to.deep.equal([
      'identity: has a base job template whose every field is a variable of its form or fixed',
    ]);
  });

  it('has a broken worker for every rule but the one on templates', async () => {
    const rules = [...(await outcomesOf(MemoryWorker)).keys()];
    const noticed = BROKEN.map(([, rule]) => rule);
    const without = rules.filter((rule) => !noticed.includes(rule));
    expect(without).to.deep.equal([
      'identity: has a base job template whose every field is a variable of its form or fixed',
    ]);
  });

  for (const [fault, rule, workerClass] of BROKEN) {
    it(`notices a worker that ${fault}`, async () => {
      const outcomes = await outcomesOf(workerClass);
      expect(outcomes.has(rule), rule).to.equal(true);
      expect(outcomes.get(rule), rule).to.be.instanceOf(Error);
    });
  }
});
