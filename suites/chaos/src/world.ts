import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildBaseJobTemplate, type FlowRun, isActiveStateType, isFinalStateType } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { joinShellWords } from 'worker-host';
import { type Administration, openAdministration } from 'worker-host/embedded';
import { CuttableProxy } from './cuttable-proxy.js';
import { EVIDENCE_VARIABLE, jobScript, readEvidence } from './evidence.js';
import { type ArrayFact, type JobKind, type Observed, parseStartedBy, type RunFact } from './facts.js';
import type { Act } from './plan.js';
import type { SeededRandom } from './random.js';
import { WorkerProcesses } from './worker-processes.js';

const POOL = 'chaos';
const QUEUE = 'prefect-ecs-tasks-events';
const MOST_LOG_LINES = 1000;
const MOST_RUNS = 10_000;

/** A new task is unknown to these for a while: also to the one that stops it. */
const LAGGING = ['DescribeTasks', 'ListTasks', 'StopTask'] as const;

/** A pool, a local AWS, worker processes, and all that can be done to them. */
export class World {
  readonly #jobs = new Map<string, { readonly job: JobKind; cancelRequested: boolean }>();
  readonly #later: Promise<void>[] = [];

  private constructor(
    readonly folder: string,
    private readonly aws: LocalAws,
    private readonly proxy: CuttableProxy,
    private readonly administration: Administration,
    private readonly workers: WorkerProcesses,
    private readonly random: SeededRandom,
  ) {}

  static async start(seed: number, random: SeededRandom, brokenPlugin: string | null): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'worker-host-chaos-'));
    const aws = await startLocalAws({
      eventsQueue: QUEUE,
      seed,
      defaultStopTimeoutSeconds: 2,
      taskEnvironment: { [EVIDENCE_VARIABLE]: join(folder, 'evidence') },
    });
    const proxy = await CuttableProxy.start(aws.port);
    const home = join(folder, 'home');
    const administration = await openAdministration({ home });
    await administration.createWorkPool({
      name: POOL,
      type: 'ecs',
      baseJobTemplate: buildBaseJobTemplate(plugin),
      concurrencyLimit: null,
      isPaused: false,
    });
    const workers = new WorkerProcesses({
      poolName: POOL,
      logPath: join(folder, 'workers.log'),
      plugin: brokenPlugin,
      environment: {
        ...aws.environment,
        AWS_ENDPOINT_URL: proxy.url,
        CHAOS_CLOCK_FILE: join(folder, 'clock'),
        WORKER_HOST_HOME: home,
        WORKER_HOST_QUERY_SECONDS: '0.3',
        WORKER_HOST_HEARTBEAT_SECONDS: '2',
        WORKER_HOST_RECOVERY_SECONDS: '1',
        WORKER_HOST_RECONCILE_SECONDS: '3',
        WORKER_HOST_KILL_GRACE_SECONDS: '1',
        WORKER_HOST_RELAUNCH_LIMIT: '3',
        // Workers are killed more often here than a run that did it may live through.
        WORKER_HOST_DEATH_LIMIT: '0',
        WORKER_HOST_ECS_LAUNCH_PATIENCE_SECONDS: '20',
      },
    });
    const world = new World(folder, aws, proxy, administration, workers, random);
    workers.start();
    workers.start();
    return world;
  }

  /** Does one thing. What it has to undo later, it undoes by itself. */
  async act(act: Act): Promise<void> {
    const { faults } = this.aws;
    switch (act.kind) {
      case 'queue-run':
        return this.#queueRun(act);
      case 'kill-worker':
        this.workers.signal('SIGKILL', (count) => this.random.integer(0, Math.max(0, count - 1)));
        return this.#after(this.random.integer(100, 1500), async () => this.workers.start());
      case 'stop-worker':
        this.workers.signal('SIGTERM', () => 0);
        return this.#after(this.random.integer(100, 1500), async () => this.workers.start());
      case 'add-worker':
        if (this.workers.count < 3) this.workers.start();
        return undefined;
      case 'cut-network':
        this.proxy.cut();
        return this.#after(act.forMs, async () => this.proxy.join());
      case 'jump-clock':
        writeFileSync(join(this.folder, 'clock'), String(act.byMs));
        return undefined;
      case 'throttle':
        faults.add({ type: 'throttle', operation: act.operation, times: act.calls });
        return undefined;
      case 'refuse-capacity':
        faults.add({ type: 'capacity', times: act.calls });
        return undefined;
      case 'lose-answer':
        faults.add({ type: 'lost-answer', operation: act.operation, when: act.when });
        return undefined;
      case 'hide-new-tasks':
        faults.add({ type: 'slow-reads', operations: LAGGING, visibleAfterMs: act.forMs, forMs: 2000 });
        return undefined;
      case 'fail-image-pull':
        faults.add({
          type: 'image-pull-failure',
          reason: 'CannotPullContainerError: pull image manifest has been retried 7 time(s): i/o timeout',
        });
        return undefined;
      case 'interrupt-spot':
        faults.add({ type: 'spot-interruption' });
        return undefined;
      case 'disturb-events':
        faults.add({ type: act.how, times: 2 });
        return undefined;
    }
  }

  /** Ends all disturbances, then waits until every run is final and every task has stopped, or the time is up. */
  async comeToRest(longestMs: number): Promise<void> {
    this.proxy.join();
    this.aws.faults.clear();
    await Promise.all(this.#later);
    this.proxy.join();
    writeFileSync(join(this.folder, 'clock'), '0');
    while (this.workers.count < 2) this.workers.start();
    const endsAtMs = Date.now() + longestMs;
    while (Date.now() < endsAtMs && !(await this.#isAtRest())) await sleep(200);
    await sleep(500);
  }

  async #isAtRest(): Promise<boolean> {
    const { runs } = await this.administration.listRuns({ limit: MOST_RUNS });
    if (runs.some((run) => run.stateType === null || !isFinalStateType(run.stateType))) return false;
    return this.aws.ecs.tasks().every((task) => task.lastStatus === 'STOPPED');
  }

  async observe(): Promise<Observed> {
    const { runs: listed } = await this.administration.listRuns({ limit: MOST_RUNS });
    const runs: RunFact[] = [];
    const arrays: ArrayFact[] = [];
    for (const flowRun of listed) {
      if (flowRun.arrayCounts === null) {
        runs.push(await this.#factOf(flowRun, flowRun.id));
        continue;
      }
      const ofArray = await this.administration.listRuns({ arrayId: flowRun.id, limit: MOST_RUNS });
      for (const run of ofArray.runs) runs.push(await this.#factOf(run, flowRun.id));
      arrays.push({
        id: flowRun.id,
        stateType: flowRun.stateType ?? '',
        cancelRequested: this.#jobs.get(flowRun.id)?.cancelRequested ?? false,
        runStateTypes: ofArray.runs.map(({ stateType }) => stateType ?? 'SCHEDULED'),
      });
    }
    const tasks = this.aws.ecs.tasks().map((task) => ({
      taskArn: task.taskArn,
      startedBy: task.startedBy,
      isStopped: task.lastStatus === 'STOPPED',
      stopCode: task.stopCode,
    }));
    const arnOf = new Map(tasks.map((task) => [task.taskArn.split('/').at(-1) ?? '', task.taskArn]));
    const executions = readEvidence(join(this.folder, 'evidence')).map((execution) => ({
      ...execution,
      taskArn: arnOf.get(execution.taskArn) ?? execution.taskArn,
    }));
    const active = runs.filter((run) => run.stateType !== null && isActiveStateType(run.stateType));
    return { runs, arrays, tasks, executions, activeSlots: active.length };
  }

  /** @param asked id of the run or array that was asked for */
  async #factOf({ id, stateType }: FlowRun, asked: string): Promise<RunFact> {
    const logs = await this.administration.readLogs(id, { afterSequence: 0, limit: MOST_LOG_LINES });
    const { job = 'succeed', cancelRequested = false } = this.#jobs.get(asked) ?? {};
    return { id, stateType, job, cancelRequested, logLines: logs.map(({ message }) => message) };
  }

  /** All that is known of the runs and tasks of one run, for people. */
  async explain(flowRunId: string): Promise<string> {
    const { states } = await this.administration.readRun(flowRunId);
    const tasks = this.aws.ecs.tasks().filter((task) => parseStartedBy(task.startedBy)?.flowRunId === flowRunId);
    return [
      ...states.map((state) => `  ${state.timestamp} ${state.name} ${state.message ?? ''}`),
      ...tasks.map(
        (task) =>
          `  ${task.taskArn} ${task.startedBy} ${task.lastStatus} ${task.stopCode ?? ''} ${task.stoppedReason ?? ''}`,
      ),
    ].join('\n');
  }

  async end(keepsFolder: boolean): Promise<void> {
    await Promise.all(this.#later);
    await this.workers.killAll();
    await this.administration.close();
    await this.proxy.close();
    await this.aws.close();
    if (!keepsFolder) rmSync(this.folder, { recursive: true, force: true });
  }

  async #queueRun({ job, cancelAfterMs, arraySize }: Act & { readonly kind: 'queue-run' }): Promise<void> {
    const flowRun = await this.administration.createFlowRun({
      deploymentName: null,
      workPoolName: POOL,
      workQueueName: null,
      name: null,
      jobVariables: { command: joinShellWords(['sh', '-c', jobScript(job)]) },
      parameters: {},
      tags: [],
      idempotencyKey: null,
      scheduledForMs: null,
      array: arraySize === null ? null : { size: arraySize },
    });
    const note = { job, cancelRequested: false };
    this.#jobs.set(flowRun.id, note);
    if (cancelAfterMs === null) return;
    this.#after(cancelAfterMs, async () => {
      note.cancelRequested = true;
      await this.administration.cancelFlowRun(flowRun.id);
    });
  }

  #after(ms: number, act: () => Promise<void>): void {
    this.#later.push(sleep(ms).then(act));
  }
}
