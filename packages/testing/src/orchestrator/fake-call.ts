import type { Orchestrator, RunLease } from '@worker-host/core';

/** Calls of the port that reach the control plane, by the names of the port. */
export type FakeMethod =
  | Extract<
      keyof Orchestrator,
      | 'open'
      | 'heartbeat'
      | 'getScheduledFlowRuns'
      | 'claim'
      | 'takeOverInterruptedRuns'
      | 'readFlowRun'
      | 'readFlowRuns'
      | 'ownerOf'
      | 'launchPlaces'
      | 'readDeployment'
      | 'readFlow'
    >
  | Extract<
      keyof RunLease,
      'renew' | 'proposeState' | 'storeLaunch' | 'storeInfrastructurePid' | 'storeResult' | 'label' | 'release'
    >;

/** A call of a client. */
export interface FakeCall {
  readonly method: FakeMethod;
  /** Null: the call does not concern a single run. */
  readonly flowRunId: string | null;
  /** `proposeState`: the name of the state. `release`: the reason. Otherwise null. */
  readonly detail: string | null;
}

/** Formats a call as one line: `claim`, `proposeState Running a-run`. */
export function callText({ method, detail, flowRunId }: FakeCall): string {
  return [method, detail, flowRunId].filter((part) => part !== null).join(' ');
}
