import { InfrastructureNotAvailable, type LaunchPlace, type Logger, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { AwsClients, AwsClientsProvider } from '../aws/aws-clients.js';
import type { EcsPlacedClients } from '../ecs-parts.js';
import { clusterOf, type EcsRunConfiguration } from '../ecs-run-configuration.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import { type ClusterPlace, clusterPlace, readClusterPlace } from '../place/ecs-launch-place.js';
import { BoundedMap } from '../utilities/bounded-map.js';
import type { SearchedCluster } from './find-launched-task.js';

const MOST_REPORTED = 200;

/** Determines which clusters to search for tasks of a pool: those in its configuration, and those of earlier launches. */
@injectable()
export class SearchedClusters {
  /** Places that could not be reached, to report each only once. */
  readonly #reported = new BoundedMap<string, true>(MOST_REPORTED);

  constructor(
    @inject(ECS_TOKENS.AwsClients) private readonly clients: AwsClientsProvider,
    @inject(ECS_TOKENS.PlacedClients) private readonly placed: EcsPlacedClients,
    @inject(TOKENS.Logger) private readonly logger: Logger,
  ) {}

  /** Returns each cluster once. Places in accounts without credentials are omitted, with a warning. */
  async of(
    configurations: readonly EcsRunConfiguration[],
    places: readonly LaunchPlace[],
  ): Promise<readonly SearchedCluster[]> {
    const found: (SearchedCluster & { readonly clients: AwsClients })[] = [];
    for (const configuration of configurations) {
      const cluster = clusterOf(configuration);
      const region = clusterPlace(cluster ?? '')?.region ?? null;
      const clients = await this.clients.clientsFor(configuration.awsCredentials, region);
      if (!found.some((each) => each.clients.key === clients.key && each.cluster === cluster)) {
        found.push({ clients, cluster });
      }
    }
    const credentials = configurations.map(({ awsCredentials }) => awsCredentials);
    for (const [clusterArn, place] of byCluster(places)) {
      const clients = await this.placed.in(place, credentials, clusterArn).catch((error: unknown) => {
        if (!(error instanceof InfrastructureNotAvailable)) throw error;
        this.#report(clusterArn, error);
        return null;
      });
      if (clients === null || (await this.#isAmong(found, clients, place))) continue;
      found.push({ clients, cluster: clusterArn });
    }
    return found;
  }

  async #isAmong(
    found: readonly (SearchedCluster & { readonly clients: AwsClients })[],
    clients: AwsClients,
    { account, clusterArn }: { readonly account: string; readonly clusterArn: string },
  ): Promise<boolean> {
    const named = found.filter(
      ({ clients: { region }, cluster }) =>
        region === clients.region &&
        (cluster === clusterArn || clusterArn.endsWith(`:cluster/${cluster ?? 'default'}`)),
    );
    for (const each of named) if (await this.placed.areIn(account, each.clients)) return true;
    return false;
  }

  #report(clusterArn: string, error: unknown): void {
    if (this.#reported.get(clusterArn)) return;
    this.#reported.set(clusterArn, true);
    this.logger.warn('Listing the tasks of an earlier cluster of the pool failed; not changing them', {
      clusterArn,
      error,
    });
  }
}

function byCluster(places: readonly LaunchPlace[]): ReadonlyMap<string, ClusterPlace> {
  const read = places.map(readClusterPlace).filter((place) => place !== null);
  return new Map(read.map((place) => [place.clusterArn, place]));
}
