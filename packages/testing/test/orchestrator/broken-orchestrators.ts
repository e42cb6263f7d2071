import {
  type ClaimAnswer,
  type FlowRun,
  type InterruptedRun,
  isWorkerError,
  LeaseLostError,
  type Orchestrator,
  type OrchestratorListener,
  type RunLease,
} from '@worker-host/core';
import type { FakeOrchestrator } from '../../src/orchestrator/fake-orchestrator.js';
import type { FakePool } from '../../src/orchestrator/fake-pool.js';
import type { ChangeClient } from './fake-pool-world.js';

/** A broken law: the fault, the law that must detect it, and the control plane. */
export interface Break {
  readonly fault: string;
  readonly law: string;
  readonly change: ChangeClient;
  /** Default: true. */
  readonly hostReportsStates?: boolean;
}

/** Returns an object with some of its members replaced. */
function changed<T extends object>(sound: T, over: Partial<T>): T {
  return new Proxy(sound, {
    get: (target, name) => {
      if (Object.hasOwn(over, name)) return Reflect.get(over, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** A control plane with replaced methods. */
export function withClient(over: (client: FakeOrchestrator, pool: FakePool) => Partial<Orchestrator>): ChangeClient {
  return (client, pool) => changed<Orchestrator>(client, over(client, pool));
}

/** A control plane whose leases have replaced methods. */
export function withLease(over: (lease: RunLease, pool: FakePool) => Partial<RunLease>): ChangeClient {
  return withClient((client, pool) => {
    const leaseOf = (lease: RunLease): RunLease => changed(lease, over(lease, pool));
    return {
      claim: async (flowRun, options): Promise<ClaimAnswer> => {
        const answer = await client.claim(flowRun, options);
        return answer.claimed ? { claimed: true, lease: leaseOf(answer.lease) } : answer;
      },
      takeOverInterruptedRuns: async (query) => {
        const taken = await client.takeOverInterruptedRuns(query);
        return taken.map((each) => ({ ...each, lease: leaseOf(each.lease) }));
      },
    };
  });
}

/** A control plane with another result of take-overs. */
export function withTakeOver(
  answer: (
    takeOver: (limit: number) => Promise<readonly InterruptedRun[]>,
    pool: FakePool,
    limit: number,
  ) => Promise<readonly InterruptedRun[]>,
): ChangeClient {
  return withClient((client, pool) => ({
    takeOverInterruptedRuns: (query) => answer((limit) => client.takeOverInterruptedRuns({ limit }), pool, query.limit),
  }));
}

/** A control plane with another result of polls; `poll` is the conforming one, some milliseconds further ahead. */
export function withPoll(
  answer: (poll: (aheadMs?: number) => Promise<readonly FlowRun[]>, pool: FakePool) => Promise<readonly FlowRun[]>,
): ChangeClient {
  return withClient((client, pool) => ({
    getScheduledFlowRuns: (query) =>
      answer(
        (aheadMs = 0) =>
          client.getScheduledFlowRuns({ ...query, scheduledBeforeMs: query.scheduledBeforeMs + aheadMs }),
        pool,
      ),
  }));
}

/** A control plane whose listener receives other notifications. */
export function withListener(
  over: (listener: OrchestratorListener, client: FakeOrchestrator) => Partial<OrchestratorListener>,
): ChangeClient {
  return withClient((client) => ({
    open: (identity, request, listener) => client.open(identity, request, changed(listener, over(listener, client))),
  }));
}

/** Writes about the run of a lease without checking who owns it. */
export function writeUnfenced(pool: FakePool, { attempt }: RunLease, over: Partial<FlowRun>): void {
  const entry = pool.find(attempt.flowRunId);
  if (entry !== null) entry.flowRun = { ...entry.flowRun, ...over };
}

/** Resolves with a value if the lease is lost. */
export async function withoutLoss<T>(promise: Promise<T>, instead: T): Promise<T> {
  return await promise.catch((error: unknown) => {
    if (isWorkerError(error) && error.code === 'LEASE_LOST') return instead;
    throw error;
  });
}

/** @throws LeaseLostError for a final run, even if the final state was the lease's own. */
export function assertNotFinal(pool: FakePool, { attempt }: RunLease): void {
  if (pool.find(attempt.flowRunId)?.owner === null) throw new LeaseLostError(attempt.flowRunId, 'it is final');
}
