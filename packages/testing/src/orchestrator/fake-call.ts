import type { Orchestrator, RunLease } from '@worker-host/core';

/** The calls of the port that go to the control plane, named as the port names them. */
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

/** A call that a client made. */
export interface FakeCall {
  readonly method: FakeMethod;
  /** Null: the call is about no single run. */
  readonly flowRunId: string | null;
  /** `proposeState`: the name of the state. `release`: the reason. Else null. */
  readonly detail: string | null;
}

/** `claim`, `proposeState Running a-run`: a call in one line. */
export function callText({ method, detail, flowRunId }: FakeCall): string {
  return [method, detail, flowRunId].filter((part) => part !== null).join(' ');
}
