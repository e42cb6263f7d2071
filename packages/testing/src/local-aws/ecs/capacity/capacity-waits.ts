import type { Clock } from '@worker-host/core';

import type { CapacityWaitFault } from '../../faults/fault.js';
import type { FaultControl, Strike } from '../../faults/fault-control.js';
import type { IdSource } from '../../server/id-source.js';
import { StartFailure } from '../running/container-run.js';
import { faultTargetOf, type Task } from '../tasks/task.js';

/** ECS limits the wait of a task for capacity to between 10 and 30 minutes. */
const MAX_WAIT_MS = 30 * 60_000;
const EMPTY = 'TaskFailedToStart: EMPTY CAPACITY PROVIDER';
const FULL = 'TaskFailedToStart: RESOURCE:CPU';

type Wait = Strike<'capacity-wait'> & CapacityWaitFault;

interface Waiter {
  readonly task: Task;
  readonly wait: Wait;
  readonly sinceMs: number;
  /** Ends the wait: the task is placed, or has waited too long. */
  readonly settle: (failure: StartFailure | null) => void;
}

/** Tasks of capacity providers in PROVISIONING, which wait in order for room or for new instances. */
export class CapacityWaits {
  readonly #clock: Clock;
  readonly #faults: FaultControl;
  readonly #ids: IdSource;
  readonly #placed = new Set<Task>();
  /** Id of the instance that represents all instances of a provider in a cluster. */
  readonly #instances = new Map<string, string>();
  #waiters: Waiter[] = [];

  constructor(clock: Clock, faults: FaultControl, ids: IdSource) {
    this.#clock = clock;
    this.#faults = faults;
    this.#ids = ids;
    faults.onRemoved(() => this.#check());
  }

  /** Returns whether a launch finds no room now, and its provider does not scale. Counts as a strike. */
  isRefused(task: Parameters<typeof faultTargetOf>[0]): boolean {
    if (task.provider === null || task.provider.hasManagedScaling) return false;
    const wait = this.#faults.take('capacity-wait', faultTargetOf(task));
    return wait !== null && !this.#hasRoom(task, wait);
  }

  /**
   * Resolves with null when the task is placed, and with the reason when it has waited too long.
   *
   * @param signal aborted when the task must stop: resolves with null.
   */
  async place(task: Task, signal: AbortSignal): Promise<StartFailure | null> {
    const { provider } = task;
    if (provider === null || provider.kind === 'fargate') return null;
    const wait = provider.hasManagedScaling ? this.#faults.take('capacity-wait', faultTargetOf(task)) : null;
    if (wait === null) {
      this.#put(task);
      return null;
    }
    return new Promise((resolve) => {
      const settle = (failure: StartFailure | null): void => {
        this.#waiters = this.#waiters.filter((waiter) => waiter.task !== task);
        resolve(failure);
      };
      const waiter: Waiter = { task, wait, sinceMs: this.#clock.nowMs(), settle };
      this.#waiters.push(waiter);
      signal.addEventListener('abort', () => settle(null), { once: true });
      this.#check();
      void this.#watch(waiter, signal);
    });
  }

  /** Frees the place of a stopped task. */
  leave(task: Task): void {
    if (this.#placed.delete(task) && this.#waiters.length > 0) this.#check();
  }

  #check(): void {
    const nowMs = this.#clock.nowMs();
    for (const waiter of [...this.#waiters]) {
      const { task, wait, sinceMs } = waiter;
      const hasArrived = nowMs >= sinceMs + (wait.waitMs ?? Number.POSITIVE_INFINITY);
      if (hasArrived || !this.#faults.isActive(wait.id) || this.#hasRoom(task, wait)) {
        this.#put(task);
        waiter.settle(null);
      } else if (nowMs >= sinceMs + MAX_WAIT_MS) {
        const reason = wait.reason ?? ((wait.room ?? 0) > 0 ? FULL : EMPTY);
        waiter.settle(new StartFailure(reason));
      }
    }
  }

  /** Checks the waiting tasks: instances have arrived, the fault is over, or the wait is too long. */
  async #watch({ task, wait, sinceMs }: Waiter, signal: AbortSignal): Promise<void> {
    while (this.#waiters.some((waiter) => waiter.task === task)) {
      const nowMs = this.#clock.nowMs();
      const atMs = Math.min(
        sinceMs + MAX_WAIT_MS,
        ...[sinceMs + (wait.waitMs ?? Number.POSITIVE_INFINITY), this.#faults.endsAtMs(wait.id)].filter(
          (ms) => ms > nowMs,
        ),
      );
      try {
        await this.#clock.sleep(Math.max(atMs - nowMs, 0), signal);
      } catch {
        return;
      }
      this.#check();
    }
  }

  #put(task: Task): void {
    this.#placed.add(task);
    const key = `${task.cluster.arn} ${task.provider?.name}`;
    const id = this.#instances.get(key) ?? this.#ids.hex(32);
    this.#instances.set(key, id);
    task.containerInstanceArn = `${task.cluster.arn.replace(':cluster/', ':container-instance/')}/${id}`;
  }

  #hasRoom(task: Pick<Task, 'provider' | 'cluster'>, { room = 0 }: Wait): boolean {
    let count = 0;
    for (const placed of this.#placed) {
      if (placed.provider === task.provider && placed.cluster === task.cluster) count += 1;
    }
    return count < room;
  }
}
