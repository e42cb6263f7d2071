import { type Clock, TOKENS, type WorkerOptions } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { clusterOf, type EcsRunConfiguration } from '../ecs-run-configuration.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import { clusterPlace } from '../place/ecs-launch-place.js';
import { BoundedMap } from '../utilities/bounded-map.js';
import type { AwsClients, AwsClientsProvider } from './aws-clients.js';
import type { AwsCredentialsValue } from './aws-credentials-value.js';
import { assertEndpoints } from './connection/endpoints.js';
import { credentialsFingerprint } from './credentials-fingerprint.js';
import { AwsUnreachableError, ClusterMissingError, notReadyErrorOf } from './errors/access-errors.js';
import { awsErrorFacts, awsErrorText, isAwsError, isUnanswered } from './errors/aws-error-facts.js';

const FRESH_MS = 30_000;
const LIMIT_MS = 20_000;
const MOST_KEPT = 200;

const CLUSTER_MISSING = 'ClusterNotFoundException';

/**
 * Checks that AWS can be reached with the credentials of the worker and its pools: a region is configured, credentials exist,
 * and ECS accepts them. The check lists one task of the pool's cluster: the worker needs this permission anyway, and it depends
 * on ECS, which may be reachable where STS is not. Any response counts as ready, except one about the credentials, and one that
 * the cluster does not exist, because nothing could be launched in it.
 */
@injectable()
export class AwsAccessCheck {
  /** When a successful check expires, by clients and cluster. */
  readonly #readyUntilMs = new BoundedMap<string, number>(MOST_KEPT);
  readonly #underWay = new Map<string, Promise<void>>();
  /** Credentials that were checked, which are those of the worker's pools. */
  readonly #ofPools = new BoundedMap<string, true>(MOST_KEPT);

  constructor(
    @inject(ECS_TOKENS.AwsClients) private readonly clients: AwsClientsProvider,
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(TOKENS.WorkerOptions) private readonly options: WorkerOptions,
  ) {}

  /** @throws WorkerNotReadyError */
  async check(configuration: EcsRunConfiguration): Promise<void> {
    this.#ofPools.set(credentialsFingerprint(configuration.awsCredentials), true);
    assertEndpoints(this.options.environment);
    const cluster = clusterOf(configuration);
    const clients = await this.clients.clientsFor(
      configuration.awsCredentials,
      clusterPlace(cluster ?? '')?.region ?? null,
    );
    const key = `${clients.key} ${cluster ?? ''}`;
    if ((this.#readyUntilMs.get(key) ?? 0) > this.clock.monotonicMs()) return;
    const underWay = this.#underWay.get(key);
    if (underWay) return underWay;
    const checking = this.#ask(clients, cluster)
      .then(() => this.#readyUntilMs.set(key, this.clock.monotonicMs() + FRESH_MS))
      .then(() => undefined)
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, checking);
    return checking;
  }

  /** Returns whether these credentials are the worker's or a pool's, so that a failure is not the fault of a run. */
  concernsWorker(credentials: AwsCredentialsValue | null): boolean {
    const fingerprint = credentialsFingerprint(credentials);
    const isOwn = fingerprint === credentialsFingerprint(null);
    return isOwn || this.#ofPools.size === 0 || this.#ofPools.get(fingerprint) === true;
  }

  /** Makes the next check call AWS again, because a call was rejected meanwhile. */
  forget(): void {
    this.#readyUntilMs.clear();
  }

  async #ask(clients: AwsClients, cluster: string | null): Promise<void> {
    const over = new AbortController();
    const asking = clients.ecs.listTasks(
      { ...(cluster ? { cluster } : {}), maxResults: 1 },
      { signal: over.signal, priority: 'launch' },
    );
    const late = this.clock.sleep(LIMIT_MS, over.signal).then(() => {
      throw new AwsUnreachableError(`ecs:ListTasks in ${clients.region} took longer than ${LIMIT_MS / 1000} s`);
    });
    late.catch(() => {});
    asking.catch(() => {});
    try {
      await Promise.race([asking, late]);
    } catch (error) {
      if (error instanceof AwsUnreachableError) throw error;
      if (isUnanswered(error)) throw new AwsUnreachableError(awsErrorText(error), { cause: error });
      const notReady = notReadyErrorOf(error);
      if (notReady) throw notReady;
      if (awsErrorFacts(error).name === CLUSTER_MISSING) throw new ClusterMissingError(cluster, clients.region, error);
      if (!isAwsError(error)) throw error;
    } finally {
      over.abort();
    }
  }
}
