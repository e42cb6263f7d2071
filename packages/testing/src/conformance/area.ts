import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  type BaseJobConfiguration,
  type BaseWorker,
  type FlowRun,
  isWorkerError,
  type WorkerCapabilities,
  type WorkerPlugin,
  type WorkerResult,
} from '@worker-host/core';
import { aFlowRun } from '../builders/nouns.js';
import { aRunContext, type RecordingRunContext, type RunContextOptions } from '../builders/run-context.js';
import type { ContractJob, ContractWorld, EndCondition, WorkerContractOptions } from './contract.js';
import { Observation } from './observation.js';
import { Patience } from './patience.js';
import { RuleSkipped } from './rule-errors.js';
import { Trial } from './trial.js';

const DEFAULT_PATIENCE_SECONDS = 20;
const MOST_ORDERS = 20;

/** Optional members of a world. */
type Lever = {
  [Name in keyof ContractWorld]-?: undefined extends ContractWorld[Name] ? Name : never;
}[keyof ContractWorld];

/** A held job, and the call that watches it. */
export interface Held {
  readonly pid: string;
  readonly trial: Trial;
  readonly context: RecordingRunContext;
}

/** World, workers and runs of one area of the contract. */
export class Area {
  readonly plugin: WorkerPlugin;
  readonly patienceSeconds: number;
  readonly patience: Patience;
  readonly #arrange: () => Promise<ContractWorld> | ContractWorld;
  readonly #workers: BaseWorker[] = [];
  readonly #conditions = new Set<EndCondition>();
  #world: ContractWorld | null = null;
  #observation: Observation | null = null;

  constructor(options: Omit<WorkerContractOptions, 'runner'>) {
    const { plugin, arrange, patienceSeconds = DEFAULT_PATIENCE_SECONDS } = options;
    this.plugin = plugin;
    this.#arrange = arrange;
    this.patienceSeconds = patienceSeconds;
    this.patience = new Patience(patienceSeconds, () => this.world.letTimePass?.bind(this.world) ?? null);
  }

  async begin(): Promise<void> {
    this.#world = await this.#arrange();
  }

  async end(): Promise<void> {
    const torn = this.#workers.splice(0).map((worker) => worker.teardown());
    await Promise.allSettled(torn.map((each) => this.settled(each, 'teardown()')));
    await this.#world?.dispose();
    this.#world = null;
  }

  /** Starts to observe the next test. */
  observe(): Observation {
    this.#observation = new Observation();
    return this.#observation;
  }

  get #seen(): Observation {
    assert.ok(this.#observation, 'No test of the contract runs');
    return this.#observation;
  }

  get world(): ContractWorld {
    assert.ok(this.#world, 'The contract has not been arranged');
    return this.#world;
  }

  /** Returns a member of the world; skips the rule if it is absent. */
  lever<Name extends Lever>(name: Name): NonNullable<ContractWorld[Name]> {
    const lever = this.world[name];
    if (lever === undefined) throw new RuleSkipped(`arrange() does not provide ${name}`);
    return (lever as (...given: never[]) => unknown).bind(this.world) as NonNullable<ContractWorld[Name]>;
  }

  /** Starts a condition, which ends when the returned function is called, or with the test. */
  async condition(
    name: 'outage' | 'withoutAccess' | 'withoutCapacity' | 'slowStop',
    flowRunId = '',
  ): Promise<EndCondition> {
    const end = await this.lever(name)(flowRunId);
    const endOnce = async (): Promise<void> => {
      if (this.#conditions.delete(endOnce)) await end();
    };
    this.#conditions.add(endOnce);
    return endOnce;
  }

  /** Ends all active conditions. */
  async endConditions(): Promise<void> {
    for (const end of this.#conditions) await end();
  }

  /** Returns a worker that is set up; skips the rule if it does not declare the capabilities. */
  async worker(...capabilities: readonly (keyof WorkerCapabilities)[]): Promise<BaseWorker> {
    const worker = await this.setUp(this.world.createWorker());
    for (const capability of capabilities)
      if (!worker.capabilities[capability]) throw new RuleSkipped(`the worker does not declare ${capability}`);
    return worker;
  }

  async setUp(worker: BaseWorker): Promise<BaseWorker> {
    this.#workers.push(worker);
    await this.settled(worker.setup(), 'setup()');
    return worker;
  }

  /** Returns a new run. */
  flowRun(): FlowRun {
    return aFlowRun({ id: randomUUID() });
  }

  contextOf(flowRun: FlowRun, options: RunContextOptions = {}): RecordingRunContext {
    return aRunContext({ ...options, attempt: { flowRunId: flowRun.id, ...options.attempt } });
  }

  /** Returns the context of a later owner of the run. */
  laterContextOf(earlier: RecordingRunContext, options: RunContextOptions = {}): RecordingRunContext {
    const { attempt, relaunch, storedPlace: launchPlace, lastCursor: outputCursor } = earlier;
    const mayHaveLaunched = launchPlace !== null;
    return aRunContext({ attempt, relaunch, launchPlace, outputCursor, mayHaveLaunched, ...options });
  }

  /** Returns the configuration of a job, with a secret in its environment. */
  configuration(job: ContractJob, flowRun: FlowRun, more: Parameters<Area['given']>[1] = {}): BaseJobConfiguration {
    return this.given(this.world.configurationFor(job, flowRun.id), more);
  }

  /** Returns a configuration as workers receive it: with a secret in its environment, and checked for changes. */
  given(
    configuration: BaseJobConfiguration,
    { env = {}, labels = {} }: Partial<Pick<BaseJobConfiguration, 'env' | 'labels'>> = {},
  ): BaseJobConfiguration {
    const secret = `secret-${randomUUID()}`;
    configuration.env = { ...configuration.env, CONTRACT_SECRET: secret, ...env };
    configuration.labels = { ...configuration.labels, ...labels };
    this.#seen.secrets.push(secret);
    this.#seen.watch(configuration);
    return configuration;
  }

  /** Starts a run of a job. */
  run(worker: BaseWorker, flowRun: FlowRun, job: ContractJob, context = this.contextOf(flowRun)): Trial {
    return this.runOf(worker, flowRun, this.configuration(job, flowRun), context);
  }

  runOf(
    worker: BaseWorker,
    flowRun: FlowRun,
    configuration: BaseJobConfiguration,
    context: RecordingRunContext,
  ): Trial {
    return this.#trial('run()', context, () => worker.run(flowRun, configuration, context));
  }

  /** Starts to watch a job of an earlier owner. */
  resume(worker: BaseWorker, pid: string, flowRun: FlowRun, context = this.contextOf(flowRun)): Trial {
    const configuration = this.configuration({ kind: 'held' }, flowRun);
    return this.#trial('resume()', context, () => worker.resume(pid, flowRun, configuration, context));
  }

  /** Starts a held job; resolves when it exists. */
  async held(worker: BaseWorker, flowRun: FlowRun, context = this.contextOf(flowRun)): Promise<Held> {
    const trial = this.run(worker, flowRun, { kind: 'held' }, context);
    return { pid: await this.startedPid(trial), trial, context };
  }

  /** Returns the pid that a call of `run` reports. */
  async startedPid(trial: Trial): Promise<string> {
    const { context } = trial;
    const started = context.until(({ startedPids }) => startedPids.length > 0);
    await this.settled(Promise.race([started, trial.result]), 'context.started() of a job that is held');
    const [pid] = context.startedPids;
    assert.ok(pid !== undefined, 'run() settled without a call of context.started()');
    return pid;
  }

  /** Requests the stop of a job repeatedly, as the host does, until it is confirmed. */
  async stop(worker: BaseWorker, pid: string, graceSeconds = 0): Promise<void> {
    const configuration = this.configuration({ kind: 'held' }, this.flowRun());
    for (let orders = 1; ; orders += 1) {
      const killing = worker.killInfrastructure(pid, configuration, graceSeconds);
      const failure = await this.failureOf(killing, 'killInfrastructure()');
      if (failure === null) return;
      if (!isUnconfirmed(failure.reason)) throw failure.reason;
      assert.ok(orders < MOST_ORDERS, `after ${MOST_ORDERS} stop requests the job is still running`);
      await this.patience.moment();
    }
  }

  /** Returns the outcome of a promise, while time passes in the world. */
  async settled<T>(promise: Promise<T>, what: string): Promise<T> {
    const value = await this.patience.settled(promise, what);
    this.#observation?.answers.push([what, value]);
    return value;
  }

  /** Returns the result of a trial. */
  async resultOf(trial: Trial): Promise<WorkerResult> {
    return await this.settled(trial.result, trial.what);
  }

  /** Ends the held job of a run, and returns the result of the call that watches it. */
  async releasedResultOf(trial: Trial, flowRun: FlowRun): Promise<WorkerResult> {
    await this.world.release(flowRun.id);
    return await this.resultOf(trial);
  }

  /** Stops watching, as the host does; returns the rejection of the call. */
  async stopWatching(trial: Trial, reason: unknown = new Error('restart')): Promise<unknown> {
    trial.context.stopWatching(reason);
    return await this.reasonOf(trial.result, `${trial.what} that the host stopped watching`);
  }

  /** Returns the reason with which a promise rejects. */
  async reasonOf(promise: Promise<unknown>, what: string): Promise<unknown> {
    const reason = await this.failureOf(promise, what);
    assert.ok(reason !== null, `${what} was expected to reject, but it resolved`);
    return reason.reason;
  }

  /** Returns the reason with which a promise rejects, if it does. */
  async failureOf(promise: Promise<unknown>, what: string): Promise<{ readonly reason: unknown } | null> {
    const failure = await this.settled(
      promise.then(
        () => null,
        (reason: unknown) => ({ reason }),
      ),
      what,
    );
    if (failure !== null) this.#seen.reasons.push(failure.reason);
    return failure;
  }

  /** Asserts that a reason is a WorkerError of one of the codes. */
  assertCode(reason: unknown, codes: readonly string[], what: string): void {
    assert.ok(isWorkerError(reason), `${what}: expected a WorkerError, got ${reason}`);
    assert.ok(codes.includes(reason.code), `${what}: expected code ${codes.join(' or ')}, got ${reason.code}`);
  }

  /** Asserts how many jobs were launched for a run. */
  async assertLaunches(flowRun: FlowRun, expected: number): Promise<void> {
    const launches = await this.world.launchesOf(flowRun.id);
    assert.equal(launches, expected, `${launches} jobs were launched for the run, expected ${expected}`);
  }

  #trial(what: string, context: RecordingRunContext, call: () => Promise<WorkerResult>): Trial {
    const trial = new Trial(what, context, async () => await call());
    this.#seen.trials.push(trial);
    return trial;
  }
}

function isUnconfirmed(reason: unknown): boolean {
  return isWorkerError(reason) && reason.code === 'INFRASTRUCTURE_STOP_UNCONFIRMED';
}
