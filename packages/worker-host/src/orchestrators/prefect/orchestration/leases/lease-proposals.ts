import {
  type Clock,
  isFinalStateType,
  OrchestratorUnavailableError,
  type StateAnswer,
  type StateProposal,
  type WorkerIdentity,
} from '@worker-host/core';
import type { ApiOrchestrationResult } from '../../api/api-types.js';
import type { PrefectApi } from '../../api/prefect-api.js';
import { claimMessage } from './claim-message.js';
import type { LeaseGuard } from './lease-guard.js';
import type { SentBatch, StateBatches } from './state-batches.js';
import { leaseOf, stateAnswer, stateBody } from './state-proposal.js';

export interface LeaseProposalsDependencies {
  readonly api: PrefectApi;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly batches: StateBatches;
  readonly identity: Pick<WorkerIdentity, 'name'>;
  readonly leaseMs: number;
  /** Returns whether more runs wait to be claimed than can be claimed concurrently. */
  readonly isBusy: () => boolean;
  readonly guard: LeaseGuard;
  /** Concurrency lease of the run's deployment. Null: none. */
  readonly concurrencyLeaseId: string | null;
  /** Returns the error of a failed write; ends the lease if the run was deleted. */
  readonly asLost: (error: unknown) => unknown;
}

/** A final state is proposed only if the run was confirmed less than this ago. */
const FINAL_TRUSTED_MS = 1000;

/** Proposes the states of one lease. */
export class LeaseProposals {
  #concurrencyLeaseId: string | null;

  constructor(private readonly parts: LeaseProposalsDependencies) {
    this.#concurrencyLeaseId = parts.concurrencyLeaseId;
  }

  /** @throws LeaseLostError */
  async propose(proposal: StateProposal): Promise<StateAnswer> {
    const { batches, guard, isBusy } = this.parts;
    guard.assertUnexpired();
    if (proposal.isOptional && isBusy()) {
      return { status: 'ABORT', state: null, reason: 'omitted while many runs wait to be claimed' };
    }
    if (guard.hasUnanswered || !this.#isPlainCrash(proposal)) return this.#alone(proposal);
    return batches.propose({
      flowRunId: guard.attempt.flowRunId,
      proposal,
      confirm: () => this.#confirm(proposal),
      alone: () => this.#alone(proposal),
      sent: ({ transitionId }) => guard.noteProposed(transitionId),
      unsent: ({ transitionId }) => guard.noteAnswered(transitionId),
      answered: (result, batch) => this.#answered(result, batch),
      failed: (error, batch) => this.#failed(error, batch),
    });
  }

  /** Returns whether nothing in the state depends on the run. */
  #isPlainCrash({ type, force, stateDetails }: StateProposal): boolean {
    return type === 'CRASHED' && force !== true && stateDetails === undefined && this.#concurrencyLeaseId === null;
  }

  async #confirm(proposal: StateProposal): Promise<void> {
    const { guard, leaseMs } = this.parts;
    const ageMs = isFinalStateType(proposal.type) ? FINAL_TRUSTED_MS : leaseMs;
    await guard.verifyUnexpired(ageMs, mayBeStopped(proposal));
  }

  async #alone(proposal: StateProposal): Promise<StateAnswer> {
    const { api, clock, guard } = this.parts;
    if (guard.hasUnanswered) {
      const state = await guard.findAccepted(proposal.type, mayBeStopped(proposal));
      if (state !== null) return this.#noteAnswer(stateAnswer({ state, status: 'ACCEPT', details: {} }, () => true));
      guard.assertUnexpired();
    } else await this.#confirm(proposal);
    const { flowRunId } = guard.attempt;
    const body = stateBody(flowRunId, this.#withNote(proposal), this.#concurrencyLeaseId);
    const sent: SentBatch = {
      transitionId: String(body.state_details.transition_id),
      beganAtMs: clock.monotonicMs(),
    };
    guard.noteProposed(sent.transitionId);
    try {
      return this.#answered(await api.setFlowRunState(flowRunId, body, proposal.force ?? false), sent);
    } catch (error) {
      throw this.#failed(error, sent);
    }
  }

  #answered(result: ApiOrchestrationResult, { transitionId, beganAtMs }: SentBatch): StateAnswer {
    const { guard } = this.parts;
    const answer = stateAnswer(result, (id) => guard.isProposedHere({ transition_id: id as string }));
    guard.noteAnswered(transitionId);
    if (answer.status === 'ACCEPT') guard.noteSeen(beganAtMs);
    return this.#noteAnswer(answer);
  }

  #failed(error: unknown, { transitionId }: SentBatch): unknown {
    const { asLost, guard } = this.parts;
    guard.doubt();
    if (!(error instanceof OrchestratorUnavailableError)) guard.noteAnswered(transitionId);
    return asLost(error);
  }

  /** States before the job's own name the owner in their message, so that it is known without labels. */
  #withNote(proposal: StateProposal): StateProposal {
    if (proposal.type !== 'PENDING' || proposal.message) return proposal;
    const { guard, identity, leaseMs: silenceMs } = this.parts;
    const { attempt, fencingToken: lease } = guard;
    return { ...proposal, message: claimMessage({ worker: identity.name, lease, attemptId: attempt.id, silenceMs }) };
  }

  /** @throws LeaseLostError if the run was already final */
  #noteAnswer(answer: StateAnswer): StateAnswer {
    const { guard } = this.parts;
    const { state, status } = answer;
    if (status === 'ACCEPT') {
      this.#concurrencyLeaseId = leaseOf(answer.state.stateDetails) ?? this.#concurrencyLeaseId;
    } else guard.doubt();
    const isOver = state !== null && isFinalStateType(state.type);
    if (isOver || (status === 'REJECT' && state?.type === 'SCHEDULED')) guard.end(`it is ${state?.name}`);
    if (isOver && status !== 'ACCEPT') guard.assertHeld();
    return answer;
  }
}

/** A run that its own job has reported as crashed can still become Cancelled. */
function mayBeStopped({ type, force }: StateProposal): boolean {
  return type === 'CANCELLED' && force === true;
}
