import type { WorkerEvent } from '@worker-host/core';

/** What the observer needs to know of a flow run. `state` null: it has none. */
export interface ObservedFlowRun {
  readonly id: string;
  readonly state: { readonly type: string; readonly name: string } | null;
}

/** A state the observer would like a run to be in. */
export interface ObservedStateProposal {
  readonly flowRunId: string;
  readonly type: 'PENDING' | 'CRASHED';
  readonly name: 'InfrastructurePending' | 'Crashed';
  readonly message: string;
}

/** A line for a run's log. */
export interface ObservedLogLine {
  readonly flowRunId: string;
  /** `diagnosis`: words of ours about the end. `container`: a line the container wrote. */
  readonly source: 'diagnosis' | 'container';
  /** Kind of the diagnosis, see `diagnoseEcsTask`; null for a container's line. */
  readonly kind: string | null;
  readonly level: 'INFO' | 'WARNING' | 'ERROR';
  readonly message: string;
}

/** How the observer speaks to the control plane. Each may reject; the message is then tried again where that helps. */
export interface ObserverPorts {
  /** Null: there is no such run. */
  readFlowRun(id: string): Promise<ObservedFlowRun | null>;
  /** Resolves with what became of it; `abort`: the control plane wants nothing more done about the run. */
  proposeState(proposal: ObservedStateProposal): Promise<'accept' | 'abort'>;
  emitEvent(event: WorkerEvent): Promise<void> | void;
  logRun(lines: readonly ObservedLogLine[]): Promise<void> | void;
}
