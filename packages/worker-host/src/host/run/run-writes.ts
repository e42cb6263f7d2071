import { isDeepStrictEqual } from 'node:util';
import type { Clock, JsonObject, LaunchPlace, StateProposal } from '@worker-host/core';
import { inject, Lifecycle, scoped } from 'tsyringe';
import { withoutNamedSecrets } from '../../configuration/secret-names.js';
import { hasCode, isUnauthorized, isUnavailable } from '../failure.js';
import { GuardedWorker } from '../guarded-worker.js';
import type { LazyAbortController } from '../lazy-abort-controller.js';
import { LazySignal } from '../lazy-signal.js';
import { type RetryOptions, type RetryPolicy, retryUntilDone } from '../retry.js';
import { HOST_TOKENS } from '../tokens.js';
import { InfrastructureStopper } from './infrastructure-stopper.js';
import { RunConfigurations } from './run-configuration.js';
import { errorText } from './run-errors.js';
import type { RunRecord } from './run-record.js';
import { RunReporter } from './run-reporter.js';
import { RUN_TOKENS } from './run-tokens.js';

/** Shared, because each active run starts with three of them. */
const NOTHING: Promise<void> = Promise.resolve();

/** Writes and stop requests concurrent with the steps of a run, each with its own retries. */
@scoped(Lifecycle.ContainerScoped)
export class RunWrites {
  #states = NOTHING;
  #storing = NOTHING;
  #ordering = NOTHING;
  readonly #handOver = new LazySignal();

  constructor(
    @inject(RUN_TOKENS.Record) private readonly run: RunRecord,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.RetryPolicy) private readonly policy: RetryPolicy,
    @inject(RunReporter) private readonly reporter: RunReporter,
    @inject(RunConfigurations) private readonly configurations: RunConfigurations,
    @inject(InfrastructureStopper) private readonly stopper: InfrastructureStopper,
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
  ) {}

  /** Resolves when another worker could find the infrastructure by the stored data. */
  get handedOver(): Promise<void> {
    return this.#handOver.promise;
  }

  /** Resolves when the states proposed so far are answered. */
  get statesProposed(): Promise<void> {
    return this.#states;
  }

  /** Resolves when the id of the infrastructure is stored, or no longer needed. */
  get pidStored(): Promise<void> {
    return this.#storing;
  }

  /** Resolves when a stop whose effect cannot be seen has been requested. */
  get stopOrdered(): Promise<void> {
    return this.#ordering;
  }

  markHandedOver(): void {
    this.#handOver.resolve();
  }

  /** Labels the run with its owner: retried while the control plane is unavailable, given up after another failure. */
  label(): void {
    const { run } = this;
    const isFinal = (error: unknown): boolean => !isUnavailable(error);
    const options = this.#retrying(run.watching, isFinal);
    retryUntilDone('Labelling the run', () => this.reporter.label(run), options).catch((error: unknown) => {
      if (run.watching.aborted) return;
      if (isUnauthorized(error)) this.#noteLoss(error);
      else run.logger.warn('Labelling the run failed', { error });
    });
  }

  /** Proposes an intermediate state after the previous ones. Failures are ignored. */
  propose(proposal: StateProposal): void {
    const { run } = this;
    this.#states = this.#states.then(async () => {
      try {
        await this.reporter.propose(run, proposal);
      } catch (error) {
        if (isUnauthorized(error)) this.#noteLoss(error);
        run.logger.debug('Proposing a state failed', { name: proposal.name, error });
      }
    });
  }

  /** Stores the id of the infrastructure, with retries until it is stored or the infrastructure has ended. */
  storePid(infrastructurePid: string): void {
    this.#storing = this.#storePid(infrastructurePid);
  }

  /** Stores the launch place, and the request without secrets. @throws LeaseLostError, or the reason why nothing may be sent. */
  async storeLaunch(place: LaunchPlace, request?: () => JsonObject): Promise<void> {
    const { run } = this;
    const { permit } = run;
    const store = async (): Promise<void> => {
      await run.confirmLease();
      if (isDeepStrictEqual(place, run.state.launchPlace)) return;
      // If the name of the cluster is a secret, only the run's own configuration finds it.
      if (!isDeepStrictEqual(place, run.own.secrets.redactJson(place))) return;
      const shown = request && (() => this.#shown(request));
      const searchPlace = this.worker.searchPlaceOf(place);
      await run.lease.storeLaunch({ relaunch: run.state.relaunch, place, searchPlace }, shown);
    };
    try {
      await retryUntilDone('Storing the launch place', store, this.#retrying(permit, isLeaseLost));
    } catch (error) {
      if (!permit.aborted) this.#noteLoss(error);
      throw error;
    }
    permit.throwIfAborted();
  }

  /** A request that cannot be shown must not delay the launch. */
  #shown(request: () => JsonObject): JsonObject | null {
    const { logger, own } = this.run;
    try {
      return withoutNamedSecrets(own.secrets.redactJson(request()));
    } catch (error) {
      logger.warn('The plugin gave a launch request that cannot be stored', { error });
      return null;
    }
  }

  /** Requests the stop of the infrastructure until its end is seen. */
  stopInfrastructure(infrastructurePid: string): void {
    this.#ordering = this.#stopInfrastructure(infrastructurePid);
  }

  async #storePid(infrastructurePid: string): Promise<void> {
    const { run } = this;
    const { infrastructureEnded } = run;
    const store = async (): Promise<void> => {
      if (run.state.infrastructurePid !== infrastructurePid) return;
      await run.confirmLease();
      await run.lease.storeInfrastructurePid(infrastructurePid);
    };
    try {
      await retryUntilDone(
        'Storing the id of the infrastructure',
        store,
        this.#retrying(infrastructureEnded, isLeaseLost),
      );
      run.reported.confirmLaunch();
      this.#handOver.resolve();
    } catch (error) {
      if (!infrastructureEnded.aborted) this.#noteLoss(error);
    }
  }

  async #stopInfrastructure(infrastructurePid: string): Promise<void> {
    const { run } = this;
    const { signal } = run.infrastructureEnded;
    const configuration = run.configuration ?? (await this.configurations.poolDefault());
    if (!signal.aborted) {
      // Rejects only with the reason of the signal.
      this.stopper.stopUntilEnded(infrastructurePid, configuration, run.logger, signal).catch(() => {});
      return;
    }
    // It is not watched: the stop can be requested only once.
    await this.stopper.stopOnce(infrastructurePid, configuration, run.logger).catch((error: unknown) => {
      run.logger.error('Stopping the infrastructure failed', { infrastructurePid, error });
    });
  }

  #retrying(until: LazyAbortController, isFinal: (error: unknown) => boolean): RetryOptions {
    const { clock, policy, run } = this;
    return { clock, policy, logger: run.logger, until, isFinal };
  }

  /** The run is no longer owned by this worker, or the control plane rejects its credentials. */
  #noteLoss(error: unknown): void {
    this.run.lastError = error;
    if (isUnauthorized(error)) this.run.send({ type: 'unauthorized' });
    else this.run.send({ type: 'lease-lost', message: errorText(error) });
  }
}

function isLeaseLost(error: unknown): boolean {
  return hasCode(error, 'LEASE_LOST');
}
