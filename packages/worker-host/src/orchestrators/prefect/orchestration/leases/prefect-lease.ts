import type {
  Attempt,
  JsonObject,
  LaunchToStore,
  ReleaseReason,
  RunLease,
  StateAnswer,
  StateProposal,
} from '@worker-host/core';
import { PrefectNotFoundError } from '../../rest/rest-errors.js';
import type { RunSight } from '../run-reads.js';
import { withDeadline } from '../with-deadline.js';
import { LabelBuffer } from './label-buffer.js';
import { LeaseGuard } from './lease-guard.js';
import { LeaseProposals } from './lease-proposals.js';
import type { LeaseTools, RunGrant } from './lease-tools.js';
import { launchLabel, ownershipLabels, RELEASED } from './run-labels.js';
import { stateBody } from './state-proposal.js';

const OUTPUT_LOGGER = 'worker-host.output';
const INFO = 20;
/** Maximum delay of labels that nothing waits for; they are sent with the launch if it comes first. */
const LABEL_WAIT_MS = 15_000;
/** Time within which another worker that had already counted this one as dead has labelled the run. */
const SIBLING_WINDOW_MS = 2000;
const RELEASE_TIMEOUT_MS = 5000;

/**
 * A lease of a run on a Prefect server, which has no leases itself: labels and state messages name the owner, and a {@link
 * LeaseGuard} compares them before each write.
 */
export class PrefectLease implements RunLease {
  readonly #guard: LeaseGuard;
  readonly #labels: LabelBuffer;
  readonly #proposals: LeaseProposals;
  #isLabelled: boolean;
  #knownPid: string | null;
  #launch: { readonly relaunch: number; readonly earlierPid: string | null } | null = null;
  #released: ReleaseReason | null = null;

  constructor(
    private readonly tools: LeaseTools,
    private readonly grant: RunGrant,
  ) {
    this.#guard = new LeaseGuard({ ...tools, onEnd: (mayBeFree) => this.#onEnd(mayBeFree) }, grant);
    this.#isLabelled = grant.isLabelled;
    this.#knownPid = grant.knownPid;
    const { concurrencyLeaseId } = grant;
    const asLost = (error: unknown): unknown => this.#asLost(error);
    this.#proposals = new LeaseProposals({ ...tools, guard: this.#guard, concurrencyLeaseId, asLost });
    this.#labels = new LabelBuffer(
      tools.clock,
      LABEL_WAIT_MS,
      (labels, isUrgent) => this.#storeLabels(labels, isUrgent),
      () => !this.#guard.hasExpired,
    );
    if (!grant.isLabelled) this.#labels.add({}).catch(() => {});
  }

  get attempt(): Attempt {
    return this.#guard.attempt;
  }

  get fencingToken(): string {
    return this.#guard.fencingToken;
  }

  get isHeld(): boolean {
    return this.#guard.isHeld;
  }

  get expiresAtMs(): number {
    return this.#guard.expiresAtMs;
  }

  /** Applies a heartbeat that the server accepted (monotonic milliseconds). */
  extend(beganAtMs: number, endedAtMs: number): void {
    this.#guard.extend(beganAtMs, endedAtMs);
  }

  /** Applies the run as read elsewhere. */
  note(sight: RunSight): void {
    this.#guard.note(sight);
  }

  /** This process has a later attempt of the run. */
  supersede(): void {
    this.#guard.end('another attempt has started');
  }

  /** The run may have changed: it is read before the next write. */
  doubt(): void {
    this.#guard.doubt();
  }

  async renew(signal?: AbortSignal): Promise<void> {
    this.#guard.assertHeld();
    const { clock, heartbeat } = this.tools;
    const { hasExpired } = this.#guard;
    const provenUntilMs = await heartbeat();
    if (hasExpired) await clock.sleep(SIBLING_WINDOW_MS, signal);
    await this.#guard.verify(0, true);
    this.#guard.renewUntil(provenUntilMs);
  }

  proposeState(proposal: StateProposal): Promise<StateAnswer> {
    return this.#proposals.propose(proposal);
  }

  async storeLaunch({ relaunch, place, searchPlace = place }: LaunchToStore): Promise<void> {
    await this.#guard.verifyUnexpired(this.tools.leaseMs);
    if (this.#launch?.relaunch !== relaunch) this.#launch = { relaunch, earlierPid: this.#knownPid };
    const { earlierPid } = this.#launch;
    await Promise.all([
      this.tools.rememberPlace(searchPlace),
      this.#labels.flush(launchLabel(this.attempt.id, { relaunch, place, earlierPid })),
    ]);
  }

  async storeInfrastructurePid(infrastructurePid: string): Promise<void> {
    const { api } = this.tools;
    // The job can start now, and its states identify the owner only by labels.
    if (!this.#isLabelled) this.#labels.flush().catch(() => {});
    await this.#write(() => api.updateFlowRun(this.attempt.flowRunId, { infrastructure_pid: infrastructurePid }));
    this.#knownPid = infrastructurePid;
  }

  /** Prefect cannot store it; the run's log contains the diagnosis. */
  async storeResult(_result: JsonObject): Promise<void> {
    this.#guard.assertUnexpired();
  }

  async label(labels: Readonly<Record<string, string>>): Promise<void> {
    this.#guard.assertUnexpired();
    await (this.#isLabelled ? this.#labels.flush(labels, false) : this.#labels.add(labels));
  }

  output(lines: readonly { readonly message: string; readonly timestampMs: number }[]): void {
    if (!this.isHeld) return;
    const { flowRunId } = this.attempt;
    for (const { message, timestampMs } of lines) {
      this.tools.log({ name: OUTPUT_LOGGER, level: INFO, message, timestampMs, flowRunId });
    }
  }

  async release(reason: ReleaseReason): Promise<void> {
    if (!this.isHeld || this.#released !== null) return;
    this.#released = reason;
    const { clock, leaseMs, logger } = this.tools;
    try {
      if (reason !== 'unreported' && !this.#guard.hasExpired) {
        await withDeadline(clock, RELEASE_TIMEOUT_MS, undefined, async () => {
          await this.#guard.verify(leaseMs);
          if (reason === 'unreadable') await this.#offerAgain();
          else await this.#updateLabels(this.#ownership(RELEASED), true);
        });
      }
    } catch (error) {
      logger.debug('Labelling the run as released failed', { flowRunId: this.attempt.flowRunId, error });
    }
    this.#guard.end('it was released', true);
  }

  /** A claim occupies slots of pool, queue and deployment, which a scheduled run does not. */
  async #offerAgain(): Promise<void> {
    const { flowRunId } = this.attempt;
    const message = 'The server could not read what the run is launched from';
    this.tools.api.passOver(flowRunId);
    await this.tools.api.setFlowRunState(flowRunId, stateBody(flowRunId, { type: 'SCHEDULED', message }, null), false);
  }

  async #storeLabels(labels: Readonly<Record<string, string>>, isUrgent: boolean): Promise<void> {
    await this.#write(() =>
      this.#updateLabels({ ...(this.#isLabelled ? {} : this.#ownership()), ...labels }, isUrgent),
    );
    this.#isLabelled = true;
  }

  async #write(write: () => Promise<void>): Promise<void> {
    await this.#guard.verifyUnexpired(this.tools.leaseMs, true);
    try {
      await write();
    } catch (error) {
      throw this.#asLost(error);
    }
  }

  #updateLabels(labels: Readonly<Record<string, string>>, isUrgent: boolean): Promise<void> {
    return this.tools.api.updateFlowRunLabels(this.attempt.flowRunId, labels, isUrgent);
  }

  #ownership(token: string = this.fencingToken): Record<string, string> {
    const { identity, leaseMs: silenceMs, workPoolId } = this.tools;
    const { deaths, attempt } = this.grant;
    return ownershipLabels({ identity, workPoolId: workPoolId(), token, attemptId: attempt.id, silenceMs, deaths });
  }

  /** A run that the server does not know was deleted. */
  #asLost(error: unknown): unknown {
    if (!(error instanceof PrefectNotFoundError)) return error;
    this.#guard.end('it was deleted');
    return this.#guard.lostError();
  }

  #onEnd(mayBeFree: boolean): void {
    this.#labels.drop(this.#guard.lostError());
    this.tools.onEnd({ mayBeFree, released: this.#released });
  }
}
