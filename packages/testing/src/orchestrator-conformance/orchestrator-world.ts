import type { Clock, Orchestrator, State } from '@worker-host/core';
import type { ContractRunner } from '../conformance/contract.js';

/** A run to create. */
export interface OrchestratorRun {
  /** When the run is due, from now; negative: in the past. Unit: milliseconds. Default: 0. */
  readonly dueInMs?: number;
  /** Default: the pool's default queue. */
  readonly workQueueName?: string;
}

/**
 * A new and empty work pool of a control plane, provided by the author for one law, with as many clients as the law needs. Laws
 * that need an absent optional member check nothing.
 */
export interface OrchestratorWorld {
  /** The clock of the clients. */
  readonly clock: Clock;
  readonly workPoolName: string;
  /** The worker type of the pool. */
  readonly workerType: string;
  /** Seconds between two heartbeats of the clients. With a real clock: as few as the control plane allows. */
  readonly heartbeatIntervalSeconds: number;
  /**
   * Maximum number of milliseconds until a client notices, by repeated calls, that a run has no owner or that another worker
   * has its name: for a control plane that is polled rarely. Default: 0, with the next call.
   */
  readonly noticesWithinMs?: number;
  /** Advances a fake clock. Absent: the clock is real, and the contract waits. */
  letTimePass?(ms: number): Promise<void>;
  /** Returns the client of a new worker process. Not open yet. */
  createClient(): Orchestrator;
  /** Creates a scheduled run in the pool; resolves with its id. */
  addRun(run: OrchestratorRun): Promise<string>;
  /** Cancels a run as a user does: an unclaimed run becomes Cancelled, any other Cancelling. */
  cancel(flowRunId: string): Promise<void>;
  /** Reschedules a run from outside, due now. */
  reschedule(flowRunId: string): Promise<void>;
  /** Sets a run to Failed from outside, whatever its state. */
  fail(flowRunId: string): Promise<void>;
  /** Sets a run to Crashed, as its job does when it is stopped, whatever its state. Absent: jobs report no states. */
  crash?(flowRunId: string): Promise<void>;
  /** Deletes a run. Absent: runs cannot be deleted. */
  remove?(flowRunId: string): Promise<void>;
  /** Returns all states of a run, oldest first. */
  statesOf(flowRunId: string): Promise<readonly Pick<State, 'type' | 'name'>[]>;
  /** Returns the stored lines of the job's output. Absent: output cannot be read. */
  outputOf?(flowRunId: string): Promise<readonly string[]>;
  setPool(change: {
    readonly isPaused?: boolean;
    readonly concurrencyLimit?: number | null;
    /** Only where the control plane limits resources. */
    readonly vcpuLimit?: number | null;
    /** Only where the control plane limits resources. */
    readonly memoryLimitMib?: number | null;
  }): Promise<void>;
  /** Creates or changes a queue of the pool; priority 1 is the highest. Absent: there are no queues. */
  setQueue?(
    name: string,
    change: { readonly priority?: number; readonly concurrencyLimit?: number | null; readonly isPaused?: boolean },
  ): Promise<void>;
  /**
   * Kills the process of a worker without a shutdown. The contract no longer calls its client, and expects its runs to be free
   * at most `leaseMs` later.
   */
  kill(client: Orchestrator): Promise<void>;
  /**
   * Pauses the process of a worker so that others consider it dead once its lease has expired; afterwards the contract calls
   * its client again, as a resumed process would. Absent: a live process is never considered dead.
   */
  pause?(client: Orchestrator): Promise<void>;
  /**
   * The next call of that method, by this client or one of its leases, takes effect, but its response is lost: it rejects.
   * Absent: responses cannot be lost.
   */
  loseAnswer?(client: Orchestrator, method: LosableMethod): Promise<void>;
  /** Until the returned function is called, no request of the client gets a response. Absent: not supported. */
  cutOff?(client: Orchestrator): Promise<() => Promise<void>>;
  /** The next read by which the client learns of cancellations fails. Absent: not supported. */
  failNextRead?(client: Orchestrator): Promise<void>;
  /** Closes what the contract has left open, and removes it. */
  dispose(): Promise<void>;
}

export type LosableMethod = 'claim' | 'proposeState' | 'storeInfrastructurePid';

/** Optional behaviour of a control plane. All are true by default. */
export interface OrchestratorTraits {
  /** A claim is refused at a limit and during a pause, not only omitted from the poll. */
  readonly checksLimitsAtClaim: boolean;
  /** A pool can limit the total vCPUs and memory of its active runs. */
  readonly limitsResources: boolean;
  /** The output cursor is stored for the next owner. */
  readonly keepsOutputCursors: boolean;
  /** `launchPlaces` returns where runs were launched. */
  readonly keepsLaunchPlaces: boolean;
}

export interface OrchestratorContractOptions {
  readonly runner: ContractRunner;
  /** Name of the control plane, for the title. */
  readonly name: string;
  readonly traits?: Partial<OrchestratorTraits>;
  /** Called once for each law. */
  readonly arrange: () => Promise<OrchestratorWorld> | OrchestratorWorld;
}
