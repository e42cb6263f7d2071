import { buildBaseJobTemplate, isFinalStateType, type JsonObject, type StateType } from '@worker-host/core';
import { parseStartedBy, plugin } from '@worker-host/ecs';
import { FakePool } from '@worker-host/testing';
import {
  createInProcessAws,
  type InProcessAws,
  type SimulatedStart,
  type TaskView,
} from '@worker-host/testing/local-aws';
import { type Plan, type PlannedFault, type PlannedRun, quietFromMs } from './plan.js';
import { SimProcess } from './process.js';
import { Random } from './random.js';
import { SimClock } from './sim-clock.js';
import { Violation } from './violation.js';

const CLUSTERS = ['first', 'second'] as const;
const LEASE_MS = 30_000;
/** After the last disturbance: a lease, a search for interrupted runs, and what their answers take. */
const SETTLED_MS = LEASE_MS + 25_000;
const STOPPED_WITHIN_MS = 60_000;
const HORIZON_MS = 45 * 60_000;
const CHECK_EVERY_MS = 5000;

interface Execution {
  readonly flowRunId: string;
  exitCode: number | null;
}

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
  readonly #random: Random;
  readonly #processes: SimProcess[] = [];
  readonly #calls: number[];
  readonly #executions: Execution[] = [];
  readonly #cuts: {
    readonly worker: number;
    readonly what: 'control-plane' | 'aws' | 'credentials';
    readonly untilMs: number;
  }[] = [];
  readonly #cancelledAtMs = new Map<string, number>();
  readonly #owners = new Map<string, SimProcess>();
  #disturbedMs = 0;
  #violation: Violation | null = null;
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
      workPool: { type: 'ecs', baseJobTemplate: template('first'), concurrencyLimit: plan.poolLimit },
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
  }

  /** @throws Violation */
  async run(): Promise<Outcome> {
    await this.#arrange();
    for (let worker = 0; worker < this.plan.workers; worker += 1)
      this.clock.at(this.#random.integer(0, 3000), () => this.#startProcess(worker, `w${worker + 1}`));
    const quietMs = quietFromMs(this.plan);
    this.#check();
    const isOver = (): boolean => this.#violation !== null || (this.clock.monotonicMs() > quietMs && this.#isAllOver());
    const ended = await this.clock.run(isOver, quietMs + HORIZON_MS);
    if (this.#violation !== null) throw this.#violation;
    if (ended !== 'over') throw new Violation('every-run-ends', `${this.#unfinished()} (${ended})`);
    this.#judgeEnds();
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
    else this.#break('worker-goes-on', `${process.name} ended by itself: ${text}`);
  }

  claimed(process: SimProcess, flowRunId: string): void {
    this.#owners.set(flowRunId, process);
    this.log(`${process.name} claims ${flowRunId}`);
    const claimed = this.plan.runs.filter(({ id }) => isActive(this.pool.run(id)?.stateType ?? null)).length;
    const limit = this.plan.poolLimit;
    if (limit !== null && claimed > limit) this.#break('limits', `${claimed} runs are active, the limit is ${limit}`);
    if (this.pool.attempts(flowRunId) > 1) this.#break('one-attempt', `${flowRunId} was claimed a second time`);
  }

  /** A run has another owner; the one before must have been unable to keep it. */
  takenOver(process: SimProcess, flowRunId: string): void {
    this.log(`${process.name} takes over ${flowRunId}`);
    const before = this.#owners.get(flowRunId);
    this.#owners.set(flowRunId, process);
    if (before === undefined || before === process || !before.isAlive) return;
    const [calmMs, nowMs] = [before.disturbedMs, this.clock.monotonicMs()];
    if (nowMs - Math.max(calmMs, this.#lastCutMs(before.worker)) > LEASE_MS + 15_000)
      this.#break('keeps-its-runs', `${process.name} took ${flowRunId} over from ${before.name}, which was well`);
  }

  /** A run was given up by its owner. */
  released(flowRunId: string): void {
    this.#owners.delete(flowRunId);
  }

  /** A write by a lease; it must not be taken from an old owner. */
  async written(process: SimProcess, flowRunId: string, name: string, write: () => Promise<unknown>): Promise<unknown> {
    const owner = this.pool.owner(flowRunId);
    const before = this.pool.run(flowRunId)?.stateName;
    const answer = (await write()) as { readonly status?: string } | undefined;
    const after = this.pool.run(flowRunId)?.stateName;
    if (before !== after) this.log(`${process.name}: ${flowRunId} is ${after}`);
    const isTaken = answer?.status === undefined || answer.status === 'ACCEPT';
    if (isTaken && owner !== null && owner !== process.orchestrator)
      this.#break('fencing', `${name} of ${process.name} was taken, but ${flowRunId} has another owner`);
    return answer;
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
        this.#cancelledAtMs.set(id, this.clock.monotonicMs());
        this.pool.cancel(id);
      });
    if (outside !== null)
      this.clock.at(outside.atMs, () => {
        const { stateType = null } = this.pool.run(id) ?? {};
        if (stateType === null || isFinalStateType(stateType)) return;
        this.log(`${id} is ${outside.how === 'deleted' ? 'deleted' : `made ${outside.how}`} from outside`);
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
          this.pool.setWorkPool({ baseJobTemplate: template('second') });
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

  /** Every task that is made, and every order to stop one, is judged when it happens. */
  #watchAws(): void {
    const seen = new Map<string, string>();
    const { call } = this.aws;
    const aws = this.aws as { call: InProcessAws['call'] };
    aws.call = async (operation, input, caller) => {
      const answer = await call.call(this.aws, operation, input, caller);
      if (operation === 'ecs:RunTask')
        for (const task of answer.tasks as readonly JsonObject[]) this.#taskMade(task, seen);
      if (operation === 'ecs:StopTask') this.#stopOrdered(answer.task as JsonObject);
      return answer;
    };
  }

  #taskMade(task: JsonObject, seen: Map<string, string>): void {
    const [startedBy, taskArn] = [String(task.startedBy), String(task.taskArn)];
    const before = seen.get(startedBy);
    if (before === taskArn) return;
    seen.set(startedBy, taskArn);
    this.log(`ECS makes a task for ${startedBy} in ${String(task.clusterArn).split('/').at(-1)}`);
    if (before !== undefined) this.#break('one-task', `two tasks for ${startedBy}`);
  }

  #stopOrdered(task: JsonObject): void {
    const name = parseStartedBy(String(task.startedBy));
    if (name === null) return;
    const { flowRunId } = name;
    this.log(`ECS is ordered to stop the task of ${flowRunId}`);
    const { stateType = null } = this.pool.run(flowRunId) ?? {};
    const isWanted = stateType === null || isFinalStateType(stateType) || this.#cancelledAtMs.has(flowRunId);
    if (!isWanted)
      this.#break(
        'nothing-alive-is-stopped',
        `the task of ${flowRunId} was ordered to stop, and the run is ${stateType}`,
      );
  }

  /** What a container does: takes its time, and reports its own states where the host does not. */
  async #job({ startedBy, terminated }: SimulatedStart): Promise<number> {
    const name = parseStartedBy(startedBy ?? '');
    const run = this.plan.runs.find(({ id }) => id === name?.flowRunId);
    if (run === undefined) return 1;
    const execution: Execution = { flowRunId: run.id, exitCode: null };
    this.#executions.push(execution);
    if (!this.plan.hostReportsStates && this.pool.run(run.id)?.stateType === 'PENDING')
      this.pool.put(run.id, 'RUNNING');
    const isTerminated = await this.clock.sleep(run.durationMs, terminated).then(
      () => false,
      () => true,
    );
    execution.exitCode = isTerminated ? 143 : run.exitCode;
    this.log(`the job of ${run.id} exits with ${execution.exitCode}`);
    if (!isTerminated && !this.plan.hostReportsStates && this.pool.run(run.id)?.stateType === 'RUNNING')
      this.pool.put(run.id, run.exitCode === 0 ? 'COMPLETED' : 'FAILED');
    return execution.exitCode;
  }

  #tasks(): readonly TaskView[] {
    return this.aws.ecs.tasks();
  }

  #isAllOver(): boolean {
    const isOver = (type: StateType | null): boolean => type === null || isFinalStateType(type);
    if (!this.plan.runs.every(({ id }) => isOver(this.pool.run(id)?.stateType ?? null))) return false;
    return this.#tasks().every(({ lastStatus }) => lastStatus === 'STOPPED');
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

  /** Promises about time, checked at intervals. */
  #check(): void {
    if (this.#violation !== null) return;
    const nowMs = this.clock.monotonicMs();
    const settledMs = Math.max(this.#disturbedMs, this.#longestCutMs()) + SETTLED_MS;
    for (const { id } of this.plan.runs) {
      const run = this.pool.run(id);
      if (run === null || run.state === null) continue;
      const sinceMs = Date.parse(run.state.timestamp) - this.clock.nowMs() + nowMs;
      if (isActive(run.stateType)) this.#checkOwner(id, Math.max(sinceMs, settledMs), nowMs);
      const cancelledMs = this.#cancelledAtMs.get(id);
      if (cancelledMs !== undefined) this.#checkStopped(id, Math.max(cancelledMs, settledMs - LEASE_MS), nowMs);
    }
    this.clock.at(nowMs + CHECK_EVERY_MS, () => this.#check());
  }

  #checkOwner(flowRunId: string, fromMs: number, nowMs: number): void {
    const owner = this.pool.owner(flowRunId);
    if (owner?.isLiving === true || nowMs - fromMs <= SETTLED_MS + 125_000) return;
    this.#break(
      'every-run-has-an-owner',
      `${flowRunId} has no living owner for ${Math.round((nowMs - fromMs) / 1000)} s`,
    );
  }

  #checkStopped(flowRunId: string, fromMs: number, nowMs: number): void {
    for (const { startedBy, desiredStatus, lastStatus, description } of this.#tasks()) {
      if (desiredStatus !== 'RUNNING' || lastStatus === 'STOPPED') continue;
      if (parseStartedBy(startedBy ?? '')?.flowRunId !== flowRunId) continue;
      const madeMs = Number(description.createdAt ?? 0) * 1000 - this.clock.nowMs() + nowMs;
      const sinceMs = nowMs - Math.max(fromMs, madeMs);
      if (sinceMs > STOPPED_WITHIN_MS)
        this.#break(
          'cancelled-is-stopped',
          `the task of ${flowRunId} still runs ${Math.round(sinceMs / 1000)} s after its cancellation`,
        );
    }
  }

  /** When a worker was last cut off from the control plane, or will be until. */
  #lastCutMs(worker: number): number {
    const ofWorker = this.#cuts.filter((cut) => cut.worker === worker && cut.what === 'control-plane');
    return Math.max(0, ...ofWorker.map(({ untilMs }) => untilMs));
  }

  #longestCutMs(): number {
    const nowMs = this.clock.monotonicMs();
    return this.#cuts.some(({ untilMs }) => nowMs < untilMs) ? nowMs : 0;
  }

  /** Whether each run ended as its jobs and its orders say. */
  #judgeEnds(): void {
    for (const run of this.plan.runs) {
      const type = this.pool.run(run.id)?.stateType ?? null;
      if (type === null || run.outside?.how === type) continue;
      const ended = this.#executions.filter(({ flowRunId }) => flowRunId === run.id).map(({ exitCode }) => exitCode);
      const message = `${run.id} ended ${type} (${this.pool.lastState(run.id)?.message ?? 'no message'}), its job with ${ended.join(', ') || 'nothing'}`;
      if (type === 'CANCELLED' && run.cancelAtMs === null) this.#break('true-ends', message);
      if (type === 'CRASHED' && !run.isInterrupted) this.#break('never-crashed', message);
      if (type === 'COMPLETED' && !ended.includes(0)) this.#break('true-ends', message);
      if (type === 'FAILED' && !ended.some((code) => code !== null && code !== 0)) this.#break('true-ends', message);
    }
    if (this.#violation !== null) throw this.#violation;
  }

  #break(promise: string, message: string): void {
    this.#violation ??= new Violation(promise, message);
    this.log(`BROKEN ${promise}: ${message}`);
  }
}

function isActive(type: StateType | null): boolean {
  return type === 'PENDING' || type === 'RUNNING' || type === 'CANCELLING';
}

const templates = new Map<string, JsonObject>();

/** The plugin's own template, with a cluster and a network of the simulation. */
function template(cluster: (typeof CLUSTERS)[number]): JsonObject {
  const known = templates.get(cluster);
  if (known !== undefined) return known;
  const copy = structuredClone(buildBaseJobTemplate(plugin)) as {
    variables: { properties: Record<string, Record<string, unknown>> };
  };
  const { properties } = copy.variables;
  properties.cluster = { ...properties.cluster, default: cluster };
  properties.image = { ...properties.image, default: 'job' };
  templates.set(cluster, copy as unknown as JsonObject);
  return copy as unknown as JsonObject;
}
