import type { RunLease, State, StateAnswer } from '@worker-host/core';
import { ATTEMPT_ID } from './alive-run.js';

/** What the leases of a control plane share. */
export interface LeaseParts {
  ended(flowRunId: string): void;
  stateOf(flowRunId: string): State;
}

/** A lease that never ends and stores nothing. */
export class StandInLease implements RunLease {
  readonly attempt: RunLease['attempt'];
  readonly isHeld = true;
  readonly expiresAtMs = Number.POSITIVE_INFINITY;

  constructor(
    readonly fencingToken: string,
    private readonly parts: LeaseParts,
  ) {
    this.attempt = { flowRunId: fencingToken, id: ATTEMPT_ID, startedAtMs: Date.now() };
  }

  async renew(): Promise<void> {}

  async proposeState(): Promise<StateAnswer> {
    return { status: 'ACCEPT', state: this.parts.stateOf(this.fencingToken) };
  }

  async storeLaunch(): Promise<void> {}

  async storeInfrastructurePid(): Promise<void> {}

  async storeResult(): Promise<void> {
    this.parts.ended(this.fencingToken);
  }

  async label(): Promise<void> {}

  output(): void {}

  async release(): Promise<void> {}
}
