import type { Clock } from '@worker-host/core';

import type { Assumptions } from '../assumptions/assumptions.js';
import type { Network } from '../ec2/network-model.js';
import type { Fault } from '../faults/fault.js';
import type { FaultControl } from '../faults/fault-control.js';
import { invalidParameter } from '../server/aws-error.js';
import type { IdSource } from '../server/id-source.js';
import type { Throttle } from '../throttling/throttle.js';
import { EcsArns } from './arns.js';
import type { CapacityWaits } from './capacity/capacity-waits.js';
import { ProviderStore } from './capacity/provider-store.js';
import { type Cluster, ClusterStore } from './clusters/cluster-store.js';
import { TaskReads } from './consistency/task-reads.js';
import type { TaskDefinition } from './ecs-types.js';
import type { StopRequest } from './running/task-life.js';
import type { TaskRunner } from './running/task-runner.js';
import { DefinitionStore } from './task-definitions/definition-store.js';
import { faultTargetOf, type Task } from './tasks/task.js';
import { TokenStore } from './tasks/token-store.js';

const STOPPED_VISIBLE_MS = 3_600_000;

export interface EcsStateOptions {
  readonly account: string;
  readonly region: string;
  readonly containerInstances: number;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly network: Network;
  readonly faults: FaultControl;
  readonly throttle: Throttle;
  readonly runner: TaskRunner;
  readonly assumptions: Assumptions;
  readonly capacity: CapacityWaits;
}

/** State of ECS in one account and region. */
export class EcsState {
  readonly arns: EcsArns;
  readonly clusters: ClusterStore;
  readonly definitions: DefinitionStore;
  readonly tokens: TokenStore;
  readonly reads: TaskReads;
  readonly providers: ProviderStore;
  readonly capacity: CapacityWaits;
  readonly assumptions: Assumptions;
  readonly network: Network;
  readonly faults: FaultControl;
  readonly throttle: Throttle;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly #runner: TaskRunner;
  /** Tasks in the order in which they stopped. */
  readonly #stopped: Task[] = [];
  #sequence = 0;

  constructor(options: EcsStateOptions) {
    this.clock = options.clock;
    this.ids = options.ids;
    this.arns = new EcsArns(options.account, options.region);
    this.clusters = new ClusterStore(this.arns, options.containerInstances);
    this.definitions = new DefinitionStore(this.arns);
    this.tokens = new TokenStore(() => this.clock.nowMs());
    this.network = options.network;
    this.faults = options.faults;
    this.throttle = options.throttle;
    this.#runner = options.runner;
    this.assumptions = options.assumptions;
    this.capacity = options.capacity;
    this.providers = new ProviderStore(this.arns);
    this.reads = new TaskReads(
      this.faults,
      () => this.clock.nowMs(),
      () => this.allTasks(),
    );
    this.faults.onAdded((fault) => this.#strikeRunning(fault));
  }

  nowSeconds(): number {
    return this.clock.nowMs() / 1000;
  }

  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** Adds a new task and starts it. */
  begin(task: Task): void {
    task.cluster.alive.set(task.id, task);
    this.#runner.begin(task, {
      ending: () => {
        task.cluster.alive.delete(task.id);
        task.cluster.ended.set(task.id, task);
      },
      ended: () => {
        this.#stopped.push(task);
        if (task.definition.status === 'DELETE_IN_PROGRESS' && !this.isUsed(task.definition)) {
          this.definitions.remove(task.definition);
        }
      },
    });
  }

  stop(task: Task, request: StopRequest): void {
    this.#runner.requestStop(task, request);
  }

  /** Returns the id of a task by id or ARN. Throws if the ARN is of another cluster, account or region. */
  taskIdIn(cluster: Cluster, reference: string): string {
    if (!reference.startsWith('arn:')) return reference;
    const [name = '', id] = this.arns.nameOf(reference, 'task').split('/');
    if (id === undefined) return name;
    if (name === cluster.name) return id;
    throw invalidParameter(`Invalid identifier: Identifier is for cluster ${name}. Your cluster is ${cluster.name}`);
  }

  findTask(cluster: Cluster, id: string): Task | null {
    return cluster.alive.get(id) ?? cluster.ended.get(id) ?? null;
  }

  /** All tasks that can still be described, of all clusters, in order of launch. */
  allTasks(): Task[] {
    this.forgetOldTasks();
    const clusters = [...this.clusters.all.values()];
    const tasks = clusters.flatMap(({ alive, ended }) => [...alive.values(), ...ended.values()]);
    return tasks.sort((a, b) => a.sequence - b.sequence);
  }

  /**
   * Returns the tasks that ListTasks can see with this desired status, in order of launch, stopped ones in order of
   * their ends. Disturbed reads can see any task with either status.
   */
  mayBeListed(cluster: Cluster, desiredStatus: string): Iterable<Task> {
    if (desiredStatus !== 'RUNNING' && desiredStatus !== 'STOPPED') return [];
    const isDisturbed = this.reads.isDisturbed();
    if (desiredStatus === 'RUNNING' && !isDisturbed) return cluster.alive.values();
    const tasks = [...(isDisturbed ? cluster.alive.values() : []), ...cluster.ended.values()];
    return tasks.sort((a, b) => a.sequence - b.sequence);
  }

  /** Removes tasks that stopped more than an hour ago. */
  forgetOldTasks(): void {
    const oldest = this.clock.nowMs() - STOPPED_VISIBLE_MS;
    let count = 0;
    for (const task of this.#stopped) {
      if ((task.times.stoppedAt ?? 0) > oldest) break;
      task.cluster.ended.delete(task.id);
      count += 1;
    }
    if (count > 0) this.#stopped.splice(0, count);
  }

  isUsed(definition: TaskDefinition): boolean {
    return this.allTasks().some((task) => task.definition === definition && task.lastStatus !== 'STOPPED');
  }

  /** Applies a fault that ends running tasks to those already running. */
  #strikeRunning(fault: Fault): void {
    if (fault.type !== 'spot-interruption' && fault.type !== 'out-of-memory' && fault.type !== 'task-stop') return;
    for (const cluster of this.clusters.all.values()) {
      for (const task of [...cluster.alive.values()]) {
        if (task.lastStatus === 'RUNNING') this.#runner.strike(task, faultTargetOf(task));
      }
    }
  }
}
