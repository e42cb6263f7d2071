import { randomUUID } from 'node:crypto';
import type {
  FlowRun,
  HeartbeatAnswer,
  InterruptedRun,
  JsonObject,
  Orchestrator,
  RunLease,
  State,
  WorkPool,
} from '@worker-host/core';
import { type AliveRun, ATTEMPT_ID } from './alive-run.js';
import { type LeaseParts, StandInLease } from './stand-in-lease.js';

/** Callbacks of the control plane for the benchmark. */
export interface StandInListener {
  tookOver(): void;
  ended(flowRunId: string): void;
}

/**
 * A control plane that only has running runs, like a Prefect server after the previous worker died: it offers as many of
 * them as it is asked for. It reports no states of jobs, and stores nothing.
 */
export class StandInOrchestrator implements Orchestrator {
  readonly description = 'runs kept in memory';
  readonly hostReportsStates = false;
  readonly prefectVersion = '3.0.0';
  readonly condition = { problems: [], passedOver: [] };
  readonly workerId = null;
  readonly defaultCommand = null;
  readonly leaseMs = 90_000;
  readonly references = {
    readBlockDocumentById: async () => null,
    readBlockDocument: async () => null,
    readVariable: async () => null,
  };
  readonly #completed = new Set<string>();
  readonly #leaseParts: LeaseParts = {
    ended: (flowRunId) => this.listener.ended(flowRunId),
    stateOf: (flowRunId) => this.#stateOf(flowRunId),
  };
  #left: readonly AliveRun[];

  constructor(
    runs: readonly AliveRun[],
    private readonly pool: WorkPool,
    private readonly listener: StandInListener,
  ) {
    this.#left = runs;
  }

  /** The job of this run has reported its end. */
  complete(flowRunId: string): void {
    this.#completed.add(flowRunId);
  }

  async open(): Promise<void> {}

  async heartbeat(): Promise<HeartbeatAnswer> {
    return { workPool: this.pool, namesakes: [] };
  }

  async getScheduledFlowRuns(): Promise<readonly FlowRun[]> {
    return [];
  }

  async claim(): Promise<{ readonly claimed: false; readonly reason: string }> {
    return { claimed: false, reason: 'nothing is scheduled here' };
  }

  async takeOverInterruptedRuns({ limit }: { readonly limit: number }): Promise<readonly InterruptedRun[]> {
    const runs = this.#left.slice(0, limit);
    this.#left = this.#left.slice(limit);
    if (runs.length > 0 && this.#left.length === 0) setImmediate(() => this.listener.tookOver());
    return runs.map(({ flowRunId, infrastructurePid }) => ({
      lease: this.#lease(flowRunId),
      flowRun: this.#flowRun(flowRunId, infrastructurePid),
      infrastructurePid,
      launch: null,
      outputCursor: null,
      deaths: 0,
    }));
  }

  async readFlowRuns(ids: readonly string[]): Promise<ReadonlyMap<string, FlowRun>> {
    return new Map(ids.map((id) => [id, this.#flowRun(id, null)]));
  }

  async ownerOf(): Promise<'us'> {
    return 'us';
  }

  async launchPlaces(): Promise<readonly []> {
    return [];
  }

  async readFlowRun(id: string): Promise<FlowRun> {
    return this.#flowRun(id, null);
  }

  async readDeployment(): Promise<null> {
    return null;
  }

  async readFlow(): Promise<null> {
    return null;
  }

  jobEnvironment(): Readonly<Record<string, string>> {
    return {};
  }

  log(): void {}

  emit(): string {
    return randomUUID();
  }

  async close(): Promise<void> {}

  #lease(flowRunId: string): RunLease {
    return new StandInLease(flowRunId, this.#leaseParts);
  }

  #stateOf(flowRunId: string): State {
    const isCompleted = this.#completed.has(flowRunId);
    return {
      id: ATTEMPT_ID,
      type: isCompleted ? 'COMPLETED' : 'RUNNING',
      name: isCompleted ? 'Completed' : 'Running',
      timestamp: new Date().toISOString(),
      message: null,
      data: null,
      stateDetails: {},
    };
  }

  /** About the size of a response of a Prefect server. */
  #flowRun(id: string, infrastructurePid: string | null): FlowRun {
    const state = this.#stateOf(id);
    const name = `alive-${id.slice(0, 8)}`;
    const json: JsonObject = {
      id,
      name,
      work_pool_name: this.pool.name,
      state_type: state.type,
      state_name: state.name,
      parameters: { table: 'orders', day: '2026-01-02', full: false },
      tags: ['bench', 'alive'],
      // Not randomUUID(), whose texts take ten times the memory of those in a response.
      labels: { 'prefect.flow.id': id },
      infrastructure_pid: infrastructurePid,
      expected_start_time: state.timestamp,
    };
    return {
      id,
      name,
      flowId: null,
      deploymentId: null,
      workPoolName: this.pool.name,
      workQueueName: 'default',
      state,
      stateType: state.type,
      stateName: state.name,
      parameters: {},
      tags: [],
      jobVariables: {},
      labels: {},
      infrastructurePid,
      startTime: state.timestamp,
      expectedStartTime: state.timestamp,
      nextScheduledStartTime: null,
      runCount: 1,
      json,
    };
  }
}
