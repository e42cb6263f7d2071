import type { Clock } from '@worker-host/core';

import type { FaultControl, FaultTarget } from '../../faults/fault-control.js';
import type { LogStore } from '../../logs/log-store.js';
import type { CapacityWaits } from '../capacity/capacity-waits.js';
import { faultTargetOf, type Task } from '../tasks/task.js';
import { StartFailure } from './container-run.js';
import type { Launcher } from './launcher.js';
import type { PhaseDurations } from './phase-durations.js';
import { type StopRequest, TaskLife, type TaskSurroundings } from './task-life.js';

const CANNOT_PULL =
  'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref IMAGE: IMAGE: not found';
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';
const SPOT: StopRequest = { code: 'SpotInterruption', reason: 'Your Spot Task was interrupted.' };

export interface TaskRunnerOptions {
  readonly clock: Clock;
  readonly phases: PhaseDurations;
  readonly defaultStopTimeoutSeconds: number;
  readonly launcher: Launcher;
  readonly capacity: CapacityWaits;
  readonly faults: FaultControl;
  /** Log store of a region of the account; null: the runner's own region. */
  readonly storeOf: (region: string | null) => LogStore;
  /** Called after every change of a task. */
  readonly onChange: (task: Task) => void;
}

/** Callbacks for the owner of the tasks. */
export interface TaskKeeper {
  ending(): void;
  ended(): void;
}

/** Runs tasks, and applies the requested faults to them. */
export class TaskRunner {
  readonly #options: TaskRunnerOptions;
  readonly #clock: Clock;
  readonly #lives = new Map<Task, TaskLife>();
  readonly #closing = new AbortController();

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  begin(task: Task, keeper: TaskKeeper): void {
    const life = new TaskLife(task, this.#surroundings(keeper));
    this.#lives.set(task, life);
    this.#options.onChange(task);
    void life.live();
  }

  requestStop(task: Task, request: StopRequest): void {
    this.#lives.get(task)?.requestStop(request);
  }

  /** Applies requested faults to a running task. */
  strike(task: Task, target: FaultTarget): void {
    const life = this.#lives.get(task);
    if (life === undefined) return;
    const { faults } = this.#options;
    const spot = faults.take('spot-interruption', target);
    if (spot !== null) this.#later(spot.afterMs, () => life.requestStop(SPOT));
    const memory = faults.take('out-of-memory', target);
    if (memory !== null) this.#later(memory.afterMs, () => life.killEssential(OUT_OF_MEMORY));
    const stop = faults.take('task-stop', target);
    if (stop !== null)
      this.#later(stop.afterMs, () => life.requestStop({ code: stop.stopCode, reason: stop.stoppedReason }));
  }

  /** Ends all tasks: SIGTERM, then SIGKILL after the grace period. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#lives.values()].map((life) => life.abandon(graceMs)));
    this.#lives.clear();
  }

  #surroundings(keeper: TaskKeeper): TaskSurroundings {
    const { phases, defaultStopTimeoutSeconds, launcher, capacity, storeOf, onChange } = this.#options;
    return {
      clock: this.#clock,
      phases,
      defaultStopTimeoutSeconds,
      place: (task, signal) => capacity.place(task, signal),
      startFailure: (task) => this.#startFailure(task),
      startContainer: (task, container) => launcher.start(task, container, storeOf),
      changed: (task) => {
        task.version += 1;
        onChange(task);
      },
      running: (life) => this.strike(life.task, faultTargetOf(life.task)),
      ending: () => keeper.ending(),
      ended: (task) => {
        this.#lives.delete(task);
        launcher.cleanUp(task);
        capacity.leave(task);
        keeper.ended();
      },
    };
  }

  #startFailure(task: Task): StartFailure | null {
    const target = faultTargetOf(task);
    const pull = this.#options.faults.take('image-pull-failure', target);
    if (pull !== null) {
      const image = task.containers[0]?.definition.image ?? '';
      return new StartFailure(pull.reason ?? CANNOT_PULL.replaceAll('IMAGE', image));
    }
    const other = this.#options.faults.take('start-failure', target);
    if (other === null) return null;
    return new StartFailure(other.containerReason ?? other.stoppedReason, other.stoppedReason, other.stopCode);
  }

  #later(ms: number | undefined, act: () => void): void {
    if (ms === undefined || ms <= 0) act();
    else void this.#clock.sleep(ms, this.#closing.signal).then(act, () => undefined);
  }
}
