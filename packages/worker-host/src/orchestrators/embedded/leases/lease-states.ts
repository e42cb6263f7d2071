import { isFinalStateType, LeaseLostError, type StateAnswer, type StateProposal } from '@worker-host/core';
import type { BatchWrite } from '../database/group-commit.js';
import type { FlowRuns } from '../runs/flow-runs.js';
import type { RunEnds } from '../runs/run-ends.js';
import type { EmbeddedLease } from './embedded-lease.js';
import type { Ownership } from './ownership.js';

/** A state that the owner of a run proposes. */
export interface OwnersProposal {
  readonly lease: Pick<EmbeddedLease, 'holding' | 'isHeld' | 'check'>;
  readonly proposal: StateProposal;
}

/** States that owners propose, each under its lease. The answer to one whose lease is lost is the error. */
export class LeaseStates implements BatchWrite<OwnersProposal, StateAnswer | LeaseLostError> {
  constructor(
    private readonly runs: FlowRuns,
    private readonly ends: RunEnds,
    private readonly ownership: Ownership,
  ) {}

  keyOf({ lease }: OwnersProposal): string {
    return lease.holding.flowRunId;
  }

  act(requests: readonly OwnersProposal[]): readonly (StateAnswer | LeaseLostError)[] {
    const losses = this.ownership.losses(requests.map(({ lease }) => lease.holding));
    const refused = requests.map((request, index) => this.#refusal(request, losses[index] ?? null));
    const held = requests.filter((_, index) => refused[index] === null);
    const proposals = held.map(({ lease, proposal }) => ({ id: lease.holding.flowRunId, proposal }));
    const answers = this.ends.proposeAll(proposals)[Symbol.iterator]();
    return refused.map((answer) => answer ?? (answers.next().value as StateAnswer));
  }

  /** What is answered without a change. Null: the run is owned under the lease. */
  #refusal({ lease, proposal }: OwnersProposal, loss: string | null): StateAnswer | LeaseLostError | null {
    const { flowRunId } = lease.holding;
    if (loss !== null && lease.isHeld && isFinalStateType(proposal.type)) {
      const endedIn = this.ownership.endedIn(lease.holding, proposal.type);
      const state = endedIn === null ? undefined : this.runs.states(flowRunId).find(({ id }) => id === endedIn);
      // The answer to this very proposal was lost.
      if (state !== undefined) return { status: 'ACCEPT', state };
    }
    const reason = lease.check(loss);
    return reason === null ? null : new LeaseLostError(flowRunId, reason);
  }
}
