import type { Clock, Orchestrator, State } from '@worker-host/core';
import type { ContractRunner } from '../conformance/contract.js';

/** A run the contract asks for. */
export interface OrchestratorRun {
  /** When it is due, from now; negative: it has been due for that long. Unit: milliseconds. Default: 0. */
  readonly dueInMs?: number;
  /** Default: the pool's default queue. */
  readonly workQueueName?: string;
}

/**
 * A work pool of a control plane, as the author arranges it for one law: it is new and empty, and has as many clients as
 * the law asks for. Members that are absent make the laws that need them ask nothing.
 */
export interface OrchestratorWorld {
  /** The clock of the clients, and its time. */
  readonly clock: Clock;
  readonly workPoolName: string;
  /** The type of its workers. */
  readonly workerType: string;
  /** Seconds between two heartbeats, as the clients are opened with. With a real clock: as few as the control plane allows. */
  readonly heartbeatIntervalSeconds: number;
  /**
   * Most milliseconds until a client notices, by calls that are repeated, that a run has no owner or that another worker
   * has its name: a control plane that is asked rarely. Default: 0, with the next call.
   */
  readonly noticesWithinMs?: number;
  /** Lets the time of a fake clock pass. Absent: time passes by itself, and the contract waits. */
  letTimePass?(ms: number): Promise<void>;
  /** The client of a new worker process. Not open yet. */
  createClient(): Orchestrator;
  /** Creates a scheduled run in the pool; resolves with its id. */
  addRun(run: OrchestratorRun): Promise<string>;
  /** Cancels a run as a person does: one that nobody has claimed becomes Cancelled, else it is Cancelling. */
  cancel(flowRunId: string): Promise<void>;
  /** Schedules a run again from outside, due now. */
  reschedule(flowRunId: string): Promise<void>;
  /** Sets a run to Failed from outside, whatever its state. */
  fail(flowRunId: string): Promise<void>;
  /** Makes a run Crashed as its own job does when it is stopped, whatever its state. Absent: jobs report no states. */
  crash?(flowRunId: string): Promise<void>;
  /** Deletes a run. Absent: runs cannot be deleted. */
  remove?(flowRunId: string): Promise<void>;
  /** All states of a run, oldest first. */
  statesOf(flowRunId: string): Promise<readonly Pick<State, 'type' | 'name'>[]>;
  /** The messages of its job's output as they are stored. Absent: output cannot be read. */
  outputOf?(flowRunId: string): Promise<readonly string[]>;
  setPool(change: {
    readonly isPaused?: boolean;
    readonly concurrencyLimit?: number | null;
    /** Only where the control plane limits resources. */
    readonly vcpuLimit?: number | null;
    /** Only where the control plane limits resources. */
    readonly memoryLimitMib?: number | null;
  }): Promise<void>;
  /** Creates or changes a queue of the pool; priority 1 comes first. Absent: there are no queues. */
  setQueue?(
    name: string,
    change: { readonly priority?: number; readonly concurrencyLimit?: number | null; readonly isPaused?: boolean },
  ): Promise<void>;
  /**
   * Ends the process of a worker without a word. The contract does not call its client any more, and expects its runs to
   * be free `leaseMs` later at the latest.
   */
  kill(client: Orchestrator): Promise<void>;
  /**
   * Stops the process of a worker in such a way that others think it dead once its lease has expired; the contract calls
   * its client again afterwards, as the process would that continues. Absent: no process that lives is ever thought dead.
   */
  pause?(client: Orchestrator): Promise<void>;
  /**
   * The next call of that method, by this client or one of its leases, takes effect, and its answer is lost: it rejects.
   * Absent: answers cannot be lost.
   */
  loseAnswer?(client: Orchestrator, method: LosableMethod): Promise<void>;
  /** While the function that is returned was not called, nothing the client asks is answered. Absent: it cannot be arranged. */
  cutOff?(client: Orchestrator): Promise<() => Promise<void>>;
  /** The next read by which the client hears of cancellations fails. Absent: it cannot be arranged. */
  failNextRead?(client: Orchestrator): Promise<void>;
  /** Closes what the contract has left open, and clears away. */
  dispose(): Promise<void>;
}

export type LosableMethod = 'claim' | 'proposeState' | 'storeInfrastructurePid';

/** What a control plane may omit, as the port allows it. All are true unless stated otherwise. */
export interface OrchestratorTraits {
  /** A claim is refused at a limit and in a pause, not only the poll. */
  readonly checksLimitsAtClaim: boolean;
  /** A pool can limit the vCPUs and the memory of its active runs. */
  readonly limitsResources: boolean;
  /** The cursor of the output is kept for the next owner. */
  readonly keepsOutputCursors: boolean;
  /** `launchPlaces` knows where runs were launched. */
  readonly keepsLaunchPlaces: boolean;
}

export interface OrchestratorContractOptions {
  readonly runner: ContractRunner;
  /** Which control plane, for the title. */
  readonly name: string;
  readonly traits?: Partial<OrchestratorTraits>;
  /** Called once for each law. */
  readonly arrange: () => Promise<OrchestratorWorld> | OrchestratorWorld;
}
