import type { Clock } from '@worker-host/core';

import { faultTargetOf, type Task } from '../ecs/tasks/task.js';
import type { FaultControl } from '../faults/fault-control.js';
import type { IdSource } from '../server/id-source.js';
import type { Queue } from '../sqs/queue.js';
import type { EventRules } from './event-rules.js';
import { taskEvent } from './task-event.js';

const DEFAULT_HOLD_MS = 1000;
const SENDER = 'events.amazonaws.com';

/** Which events a rule of EventBridge sends to its queue. */
export type EventPattern = (event: { readonly detail: { readonly startedBy?: string } }) => boolean;

/** Sends the events of tasks to queues, with the requested disorder. */
export class EventDelivery {
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #faults: FaultControl;
  readonly #closing: AbortSignal;
  readonly #rules: EventRules;
  readonly #queues = new Map<Queue, EventPattern>();
  /** Events that wait for the next one. */
  #held: string[] = [];

  constructor(clock: Clock, ids: IdSource, faults: FaultControl, closing: AbortSignal, rules: EventRules) {
    this.#rules = rules;
    this.#clock = clock;
    this.#ids = ids;
    this.#faults = faults;
    this.#closing = closing;
  }

  connect(queue: Queue, pattern: EventPattern): void {
    this.#queues.set(queue, pattern);
  }

  deliver(task: Task): void {
    if (this.#queues.size === 0 && this.#rules.all.size === 0) return;
    const target = faultTargetOf(task);
    if (this.#faults.take('event-drop', target) !== null) return;
    const event = taskEvent(task, this.#clock.nowMs(), this.#ids.uuid());
    const reorder = this.#faults.take('event-reorder', target);
    if (reorder !== null) {
      this.#hold(event, reorder.holdMs ?? DEFAULT_HOLD_MS);
      return;
    }
    this.#send(event);
    if (this.#faults.take('event-duplicate', target) !== null) this.#send(event);
    this.#release();
  }

  #hold(event: string, holdMs: number): void {
    this.#held.push(event);
    const release = () => {
      if (this.#held.includes(event)) this.#release();
    };
    void this.#clock.sleep(holdMs, this.#closing).then(release, () => undefined);
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const event of held) this.#send(event);
  }

  #send(event: string): void {
    const ofRules = this.#rules.all.size === 0 ? [] : this.#rules.targetsOf(JSON.parse(event));
    const connected = [...this.#queues].filter(([, matches]) => matches(JSON.parse(event))).map(([queue]) => queue);
    for (const queue of [...connected, ...ofRules]) queue.send(event, {}, 0, SENDER);
  }
}
