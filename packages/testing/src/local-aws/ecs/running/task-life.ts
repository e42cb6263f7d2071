import type { Clock } from '@worker-host/core';

import type { Task, TaskContainer, TaskStatus } from '../tasks/task.js';
import { type ContainerRun, StartFailure } from './container-run.js';
import type { PhaseDurations } from './phase-durations.js';

/** Why a task stops. */
export interface StopRequest {
  readonly code: string;
  readonly reason: string;
}

/** What the lifecycle of a task needs from its surroundings. */
export interface TaskSurroundings {
  readonly clock: Clock;
  readonly phases: PhaseDurations;
  readonly defaultStopTimeoutSeconds: number;
  /** Resolves when there is capacity for the task, or with the reason why it cannot start. The signal ends the wait. */
  place(task: Task, signal: AbortSignal): Promise<StartFailure | null>;
  /** A failure requested by a test, or null. */
  startFailure(task: Task): StartFailure | null;
  startContainer(task: Task, container: TaskContainer): ContainerRun;
  /** Called when the task has changed in a way that AWS reports by an event. */
  changed(task: Task): void;
  /** Called when the task runs. */
  running(life: TaskLife): void;
  /** Called when the task must stop. */
  ending(task: Task): void;
  /** Called when the task has stopped. */
  ended(task: Task): void;
}

/** Runs the lifecycle of one task from PROVISIONING to STOPPED. */
export class TaskLife {
  readonly task: Task;
  readonly #around: TaskSurroundings;
  #runs: { readonly container: TaskContainer; readonly run: ContainerRun }[] = [];
  #stop: StopRequest | null = null;
  #abandoned = false;
  /** Ends the current wait of the task. */
  #interrupt: (() => void) | null = null;

  constructor(task: Task, around: TaskSurroundings) {
    this.task = task;
    this.#around = around;
  }

  /** Runs the complete lifecycle. */
  async live(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error;
      this.#failStart(error);
    }
    if (this.#stop === null) await this.#interruption();
    if (this.#abandoned) return;
    await this.#shutDown();
    await this.#leave();
  }

  /** Requests the stop of the task; later reasons do not replace the first. */
  requestStop(stop: StopRequest): void {
    const { task } = this;
    if (this.#stop !== null) return;
    this.#stop = stop;
    task.desiredStatus = 'STOPPED';
    task.stopCode = stop.code;
    task.stoppedReason = stop.reason;
    task.times.stoppingAt = this.#now();
    this.#around.ending(task);
    if (stop.code !== 'EssentialContainerExited' && stop.code !== 'TaskFailedToStart') this.#around.changed(task);
    this.#interrupt?.();
  }

  /** Kills the first running essential container, with a reason. */
  killEssential(reason: string): void {
    const found = this.#runs.find(
      ({ container }) => container.definition.essential && container.lastStatus === 'RUNNING',
    );
    if (found === undefined) return;
    found.container.reason = reason;
    found.run.kill();
  }

  /** Abandons the task because the server ends. Resolves when its containers have ended. */
  async abandon(graceMs: number): Promise<void> {
    this.#abandoned = true;
    this.#stop ??= { code: 'UserInitiated', reason: 'The local AWS is closing.' };
    this.#interrupt?.();
    await this.#stopContainers(graceMs);
  }

  async #start(): Promise<void> {
    const { task } = this;
    const { phases } = this.#around;
    await this.#pause(phases.provisioningMs);
    if (this.#stop !== null) return;
    const unplaced = await this.#place();
    if (this.#stop !== null) return;
    if (unplaced !== null) throw unplaced;
    task.times.connectivityAt = this.#now();
    this.#enter('PENDING');
    await this.#pause(phases.pendingMs);
    if (this.#stop !== null) return;
    task.times.pullStartedAt = this.#now();
    this.#enter('ACTIVATING');
    const failure = this.#around.startFailure(task);
    await this.#pause(phases.pullMs);
    if (this.#stop !== null) return;
    task.times.pullStoppedAt = this.#now();
    if (failure !== null) throw failure;
    await this.#pause(phases.activatingMs);
    if (this.#stop !== null) return;
    for (const container of task.containers) this.#startContainer(container);
    task.times.startedAt = this.#now();
    this.#enter('RUNNING');
    this.#around.running(this);
  }

  #startContainer(container: TaskContainer): void {
    const run = this.#around.startContainer(this.task, container);
    container.lastStatus = 'RUNNING';
    container.pid = run.pid;
    this.#runs.push({ container, run });
    void run.exited.then(({ exitCode }) => {
      container.lastStatus = 'STOPPED';
      container.exitCode = exitCode;
      container.pid = null;
      if (this.#stop !== null) return;
      if (container.definition.essential) {
        this.requestStop({ code: 'EssentialContainerExited', reason: 'Essential container in task exited' });
      } else {
        this.#around.changed(this.task);
      }
    });
  }

  #failStart(failure: StartFailure): void {
    const failed = this.task.containers[this.#runs.length] ?? this.task.containers[0];
    if (failed !== undefined) failed.reason = failure.containerReason;
    this.requestStop({ code: failure.stopCode, reason: failure.stoppedReason });
  }

  async #shutDown(): Promise<void> {
    if (this.#runs.length === 0) return;
    const { phases, defaultStopTimeoutSeconds } = this.#around;
    this.#enter('DEACTIVATING');
    await this.#pause(phases.deactivatingMs);
    this.#enter('STOPPING');
    const timeouts = this.#runs.map(({ container }) => container.definition.stopTimeout ?? defaultStopTimeoutSeconds);
    await this.#stopContainers(Math.max(...timeouts) * 1000);
    this.task.times.executionStoppedAt = this.#now();
    await this.#pause(phases.stoppingMs);
  }

  async #leave(): Promise<void> {
    const { task } = this;
    if (this.#abandoned) return;
    this.#runs = [];
    for (const container of task.containers) container.lastStatus = 'STOPPED';
    this.#enter('DEPROVISIONING');
    await this.#pause(this.#around.phases.deprovisioningMs);
    if (this.#abandoned) return;
    task.times.stoppedAt = this.#now();
    this.#enter('STOPPED');
    this.#around.ended(task);
  }

  /** Sends SIGTERM to all running containers, and SIGKILL to those that still run after the grace period. */
  async #stopContainers(graceMs: number): Promise<void> {
    const running = this.#runs.filter(({ container }) => container.lastStatus === 'RUNNING');
    if (running.length === 0) return;
    const done = new AbortController();
    for (const { run } of running) run.terminate();
    const killing = this.#around.clock.sleep(graceMs, done.signal).then(
      () => {
        for (const { run, container } of running) if (container.lastStatus === 'RUNNING') run.kill();
      },
      () => undefined,
    );
    await Promise.all(running.map(({ run }) => run.exited));
    done.abort();
    await killing;
  }

  #enter(status: TaskStatus): void {
    if (this.#abandoned) return;
    this.task.lastStatus = status;
    this.#around.changed(this.task);
  }

  /** Waits, unless the stop of the task is requested meanwhile. */
  async #pause(ms: number): Promise<void> {
    if (ms <= 0 || this.#abandoned) return;
    const waiting = new AbortController();
    this.#interrupt = () => waiting.abort();
    await this.#around.clock.sleep(ms, waiting.signal).catch(() => undefined);
    this.#interrupt = null;
  }

  /** Waits for capacity, unless the stop of the task is requested meanwhile. */
  async #place(): Promise<StartFailure | null> {
    const waiting = new AbortController();
    this.#interrupt = () => waiting.abort();
    const failure = await this.#around.place(this.task, waiting.signal);
    this.#interrupt = null;
    return failure;
  }

  async #interruption(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#interrupt = resolve;
    });
    this.#interrupt = null;
  }

  #now(): number {
    return this.#around.clock.nowMs();
  }
}
