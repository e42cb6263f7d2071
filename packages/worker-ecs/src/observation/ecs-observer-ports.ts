import type { WorkerEvent } from '@worker-host/core';

/** A flow run as the observer needs it. `state` null: it has none. */
export interface ObservedFlowRun {
  readonly id: string;
  readonly state: { readonly type: string; readonly name: string } | null;
}

/** A state that the observer proposes. */
export interface ObservedStateProposal {
  readonly flowRunId: string;
  readonly type: 'PENDING' | 'CRASHED';
  readonly name: 'InfrastructurePending' | 'Crashed';
  readonly message: string;
}

/** A line for the log of a run. */
export interface ObservedLogLine {
  readonly flowRunId: string;
  /** `diagnosis`: a description of the end. `container`: a line that the container wrote. */
  readonly source: 'diagnosis' | 'container';
  /** Kind of the diagnosis, see `diagnoseEcsTask`; null for a line of the container. */
  readonly kind: string | null;
  readonly level: 'INFO' | 'WARNING' | 'ERROR';
  readonly message: string;
}

/**
 * Interface of the observer to the control plane. Each method can reject; the message is then retried if that can help.
 */
export interface ObserverPorts {
  /** Null: the run does not exist. */
  readFlowRun(id: string): Promise<ObservedFlowRun | null>;
  /** Resolves with the outcome; `abort`: the control plane wants no further changes of the run. */
  proposeState(proposal: ObservedStateProposal): Promise<'accept' | 'abort'>;
  emitEvent(event: WorkerEvent): Promise<void> | void;
  logRun(lines: readonly ObservedLogLine[]): Promise<void> | void;
}
