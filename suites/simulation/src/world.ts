import { isFinalStateType, type JsonObject, type StateType } from '@worker-host/core';
import { FakePool } from '@worker-host/testing';
import {
  createInProcessAws,
  type InProcessAws,
  type SimulatedStart,
  type TaskView,
} from '@worker-host/testing/local-aws';
import { runSimulatedJob } from './job.js';
import { type Plan, type PlannedFault, type PlannedRun, quietFromMs } from './plan.js';
import { SimProcess } from './process.js';
import { type Execution, Promises } from './promises.js';
import { Random } from './random.js';
import { SimClock } from './sim-clock.js';
import { CLUSTERS, templateFor } from './template.js';
import { Violation } from './violation.js';

const HORIZON_MS = 45 * 60_000;

/** What became of a simulation that broke no promise. */
export interface Outcome {
  readonly runs: number;
  readonly tasks: number;
  readonly simulatedMs: number;
}

/** One simulation: workers, a control plane and an AWS in one process, on a clock of their own. */
export class World {
  readonly clock: SimClock;
  readonly pool: FakePool;
  readonly aws: InProcessAws;
  readonly story: string[] = [];
  readonly promises: Promises;
  readonly #random: Random;
  readonly #processes: SimProcess[] = [];
  readonly #calls: number[];
  readonly #executions: Execution[] = [];
  readonly #cuts: {
    readonly worker: number;
    readonly what: 'control-plane' | 'aws' | 'credentials';
    readonly untilMs: number;
  }[] = [];
  #disturbedMs = 0;
  #restarts = 0;

  constructor(
    private readonly plan: Plan,
    private readonly tells: boolean = false,
  ) {
    this.#random = new Random(plan.seed);
    this.clock = new SimClock(this.#random.split('clock'));
    this.#calls = Array.from({ length: plan.workers }, () => 0);
    this.pool = new FakePool({
      clock: this.clock,
      hostReportsStates: plan.hostReportsStates,
      seesDeaths: plan.seesDeaths,
      workPool: { type: 'ecs', baseJobTemplate: templateFor('first'), concurrencyLimit: plan.poolLimit },
    });
    this.aws = createInProcessAws({
      clock: this.clock,
      seed: plan.seed,
      phases: { provisioningMs: 400, pendingMs: 300, pullMs: 500, stoppingMs: 200, deprovisioningMs: 500 },
      defaultStopTimeoutSeconds: 5,
      assumptions: { failuresUseToken: plan.failuresUseToken, refusalsUseToken: plan.refusalsUseToken },
      keepCalls: 0,
      simulate: (start) => this.#job(start),
    });
    this.promises = new Promises({
      plan,
      clock: this.clock,
      pool: this.pool,
      executions: this.#executions,
      tasks: () => this.#tasks(),
      disturbedMs: () => this.#disturbedMs,
      lastCutMs: (worker) => this.#lastCutMs(worker),
      isAnyCut: () => this.#cuts.some(({ untilMs }) => this.clock.monotonicMs() < untilMs),
      log: (line) => this.log(line),
    });
  }

  /** @throws Violation */
  async run(): Promise<Outcome> {
    await this.#arrange();
    for (let worker = 0; worker < this.plan.workers; worker += 1)
      this.clock.at(this.#random.integer(0, 3000), () => this.#startProcess(worker, `w${worker + 1}`));
    const quietMs = quietFromMs(this.plan);
    this.promises.watch();
    const isOver = (): boolean =>
      this.promises.broken !== null || (this.clock.monotonicMs() > quietMs && this.#isAllOver());
    const ended = await this.clock.run(isOver, quietMs + HORIZON_MS);
    if (this.promises.broken !== null) throw this.promises.broken;
    if (ended !== 'over') throw new Violation('every-run-ends', `${this.#unfinished()} (${ended})`);
    this.promises.judgeEnds();
    if (this.promises.broken !== null) throw this.promises.broken;
    return { runs: this.plan.runs.length, tasks: this.#tasks().length, simulatedMs: this.clock.monotonicMs() };
  }

  log(line: string): void {
    if (this.tells) this.story.push(`${(this.clock.monotonicMs() / 1000).toFixed(2).padStart(9)} s  ${line}`);
  }

  /** Something went wrong until now, so that promises about time count from here. */
  disturbed(): void {
    this.#disturbedMs = this.clock.monotonicMs();
  }

  /** What is planned for the next call of a worker. */
  faultsOfCall(worker: number): readonly PlannedFault[] {
    const call = (this.#calls[worker] ?? 0) + 1;
    this.#calls[worker] = call;
    return this.plan.faults.filter((fault) => 'call' in fault && fault.worker === worker && fault.call === call);
  }

  get workerLimit(): number | null {
    return this.plan.workerLimit;
  }

  isCut(worker: number, from: 'control-plane' | 'aws'): boolean {
    return this.#isCutFrom(worker, from);
  }

  isWithoutCredentials(worker: number): boolean {
    return this.#isCutFrom(worker, 'credentials');
  }

  crashed(process: SimProcess, fault: Extract<PlannedFault, { readonly kind: 'crash' }>, where: string): void {
    this.log(`${process.name} is killed ${where}`);
    process.crash();
    this.disturbed();
    this.#restartLater(process, fault.restartMs, fault.keepsName);
  }

  processEnded(process: SimProcess): void {
    this.log(`${process.name} has stopped`);
    process.crash();
  }

  processFailed(process: SimProcess, error: unknown): void {
    const text = error instanceof Error ? `${error.message}` : String(error);
    this.log(`${process.name} ended with an error: ${text}`);
    process.crash();
    if (/already running/.test(text)) this.#restartLater(process, 5000, true);
    else this.promises.break('worker-goes-on', `${process.name} ended by itself: ${text}`);
  }

  async #arrange(): Promise<void> {
    for (const clusterName of CLUSTERS) await this.aws.call('ecs:CreateCluster', { clusterName });
    const { describe, list, stop } = this.plan.lagMs;
    for (const [operation, visibleAfterMs] of [
      ['DescribeTasks', describe],
      ['ListTasks', list],
      ['StopTask', stop],
    ] as const)
      if (visibleAfterMs > 0)
        this.aws.faults.add({ type: 'slow-reads', operations: [operation], visibleAfterMs, times: 'always' });
    for (const run of this.plan.runs) this.#planRun(run);
    for (const fault of this.plan.faults) this.#planFault(fault);
    this.#watchAws();
  }

  #planRun(run: PlannedRun): void {
    const { id, atMs, cancelAtMs, outside } = run;
    if (run.isInterrupted)
      this.aws.faults.add({
        type: 'spot-interruption',
        match: { startedBy: `wh/${id}/*/0` },
        afterMs: 2000,
        times: 'always',
      });
    this.clock.at(atMs, () => this.pool.addRun({ id }));
    if (cancelAtMs !== null)
      this.clock.at(cancelAtMs, () => {
        this.log(`${id} is cancelled`);
        this.promises.cancelled(id);
        this.pool.cancel(id);
      });
    if (outside !== null)
      this.clock.at(outside.atMs, () => {
        const { stateType = null } = this.pool.run(id) ?? {};
        if (stateType === null || isFinalStateType(stateType)) return;
        this.log(`${id} is ${outside.how === 'deleted' ? 'deleted' : `made ${outside.how}`} from outside`);
        this.promises.endedFromOutside(id);
        if (outside.how === 'deleted') this.pool.removeRun(id);
        else this.pool.put(id, outside.how);
      });
  }

  #planFault(fault: PlannedFault): void {
    switch (fault.kind) {
      case 'partition':
        this.#cut(fault.worker, fault.from, fault.atMs, fault.ms);
        return;
      case 'credentials':
        this.#cut(fault.worker, 'credentials', fault.atMs, fault.ms);
        return;
      case 'cluster':
        this.clock.at(fault.atMs, () => {
          this.log('the pool moves to another cluster');
          this.pool.setWorkPool({ baseJobTemplate: templateFor('second') });
        });
        return;
      case 'capacity':
        this.clock.at(fault.atMs, () => {
          this.log(`there is no capacity for ${Math.round(fault.ms / 1000)} s`);
          this.aws.faults.add({ type: 'capacity', times: 'always', forMs: fault.ms });
        });
        this.clock.at(fault.atMs + fault.ms, () => this.disturbed());
        return;
      case 'stop':
        this.clock.at(fault.atMs, () => {
          const process = this.#processes.findLast(({ worker, isAlive }) => worker === fault.worker && isAlive);
          if (process === undefined) return;
          this.log(`${process.name} is stopped`);
          process.host.stop();
          this.disturbed();
          this.#restartLater(process, 15_000 + fault.restartMs, fault.keepsName);
        });
        return;
      default:
    }
  }

  #cut(worker: number, what: 'control-plane' | 'aws' | 'credentials', atMs: number, ms: number): void {
    this.clock.at(atMs, () => {
      this.log(`w${worker + 1} is without ${what} for ${Math.round(ms / 1000)} s`);
      this.#cuts.push({ worker, what, untilMs: atMs + ms });
    });
    this.clock.at(atMs + ms, () => this.disturbed());
  }

  #isCutFrom(worker: number, what: 'control-plane' | 'aws' | 'credentials'): boolean {
    const nowMs = this.clock.monotonicMs();
    return this.#cuts.some((cut) => cut.worker === worker && cut.what === what && nowMs < cut.untilMs);
  }

  #startProcess(worker: number, name: string): void {
    this.#restarts += 1;
    const process = new SimProcess(this, worker, name, this.#random.split(`process ${this.#restarts}`));
    this.#processes.push(process);
    this.log(`${name} starts`);
    process.start();
  }

  #restartLater({ worker, name }: SimProcess, ms: number, keepsName: boolean): void {
    const next = keepsName ? name : `w${worker + 1}-${this.#restarts + 1}`;
    this.clock.at(this.clock.monotonicMs() + ms, () => {
      this.disturbed();
      this.#startProcess(worker, next);
    });
  }

  /** Every task that is created, and every order to stop one, is judged when it happens. */
  #watchAws(): void {
    const { call } = this.aws;
    const aws = this.aws as { call: InProcessAws['call'] };
    aws.call = async (operation, input, caller) => {
      const answer = await call.call(this.aws, operation, input, caller);
      if (operation === 'ecs:RunTask')
        for (const task of answer.tasks as readonly JsonObject[]) this.promises.taskMade(task);
      if (operation === 'ecs:StopTask') this.promises.stopOrdered(answer.task as JsonObject);
      return answer;
    };
  }

  #job(start: SimulatedStart): Promise<number> {
    const { plan, pool, clock, promises } = this;
    const executions = this.#executions;
    return runSimulatedJob(start, { plan, pool, clock, promises, executions, log: (line) => this.log(line) });
  }

  #lastCutMs(worker: number): number {
    const ofWorker = this.#cuts.filter((cut) => cut.worker === worker && cut.what === 'control-plane');
    return Math.max(0, ...ofWorker.map(({ untilMs }) => untilMs));
  }

  #tasks(): readonly TaskView[] {
    return this.aws.ecs.tasks();
  }

  #isAllOver(): boolean {
    if (this.promises.awaitsReports) return false;
    const isOver = (type: StateType | null): boolean => type === null || isFinalStateType(type);
    if (!this.plan.runs.every(({ id }) => isOver(this.pool.run(id)?.stateType ?? null))) return false;
    return Object.keys(this.aws.ecs.taskCounts()).every((status) => status === 'STOPPED');
  }

  #unfinished(): string {
    const runs = this.plan.runs.flatMap(({ id }) => {
      const run = this.pool.run(id);
      return run !== null && !isFinalStateType(run.stateType ?? 'SCHEDULED') ? [`${id} is ${run.stateName}`] : [];
    });
    const tasks = this.#tasks().flatMap(({ lastStatus, startedBy }) =>
      lastStatus === 'STOPPED' ? [] : [`task ${startedBy} is ${lastStatus}`],
    );
    return [...runs, ...tasks].join(', ') || 'something planned has not happened';
  }
}
