import { invalidParameter } from '../../server/aws-error.js';
import type { EcsArns } from '../arns.js';
import type { Cluster } from '../clusters/cluster-store.js';
import { type CapacityProvider, FARGATE_PROVIDERS } from './capacity-provider.js';

/** The capacity providers of one account in one region. */
export class ProviderStore {
  readonly all = new Map<string, CapacityProvider>();
  readonly #arns: EcsArns;

  constructor(arns: EcsArns) {
    this.#arns = arns;
    for (const name of FARGATE_PROVIDERS) {
      this.add({ name, kind: 'fargate', clusterName: null, hasManagedScaling: true, settings: {}, tags: [] });
    }
  }

  add(given: Omit<CapacityProvider, 'arn' | 'status'>): CapacityProvider {
    const provider: CapacityProvider = {
      ...given,
      arn: this.#arns.capacityProvider(given.name),
      status: 'ACTIVE',
    };
    this.all.set(provider.name, provider);
    return provider;
  }

  /** Returns the active provider by name or ARN; null if there is none. */
  find(reference: string): CapacityProvider | null {
    const provider = this.all.get(this.#arns.nameOf(reference, 'capacity-provider'));
    return provider?.status === 'ACTIVE' ? provider : null;
  }

  /** Returns the active provider by name or ARN. Throws InvalidParameterException. */
  get(reference: string): CapacityProvider {
    const provider = this.find(reference);
    if (provider !== null) return provider;
    throw invalidParameter('The specified capacity provider was not found. Specify a valid name or ARN and try again.');
  }

  /**
   * Returns whether a strategy in the cluster can name the provider: it was associated, or created for this cluster.
   */
  isAssociated(provider: CapacityProvider, cluster: Pick<Cluster, 'name' | 'capacityProviders'>): boolean {
    return cluster.capacityProviders.includes(provider.name) || provider.clusterName === cluster.name;
  }

  /** Returns the names of all providers that a cluster can use. */
  namesOf(cluster: Cluster): string[] {
    const own = [...this.all.values()].filter(
      ({ status, clusterName }) => status === 'ACTIVE' && clusterName === cluster.name,
    );
    return [...new Set([...cluster.capacityProviders, ...own.map(({ name }) => name)])];
  }
}
