import { AwsError } from '../../server/aws-error.js';
import type { EcsArns } from '../arns.js';
import { FARGATE_PROVIDERS } from '../capacity/capacity-provider.js';
import type { StrategyItem, Tag } from '../ecs-types.js';
import type { TaskHome } from '../tasks/task.js';

export interface Cluster extends TaskHome {
  status: 'ACTIVE' | 'INACTIVE';
  capacityProviders: readonly string[];
  defaultStrategy: readonly StrategyItem[];
  settings: readonly { readonly name: string; readonly value: string }[];
  configuration: unknown;
  tags: readonly Tag[];
  readonly containerInstanceArns: readonly string[];
}

/**
 * The clusters of one account in one region. `default` exists from the start, with the capacity providers of Fargate,
 * like clusters created in the AWS console.
 */
export class ClusterStore {
  readonly all = new Map<string, Cluster>();
  readonly #arns: EcsArns;
  readonly #instances: number;

  constructor(arns: EcsArns, containerInstances: number) {
    this.#arns = arns;
    this.#instances = containerInstances;
    this.create('default', { capacityProviders: FARGATE_PROVIDERS });
  }

  create(
    name: string,
    given: Partial<Pick<Cluster, 'capacityProviders' | 'defaultStrategy' | 'settings' | 'configuration' | 'tags'>>,
  ): Cluster {
    const known = this.all.get(name);
    if (known?.status === 'ACTIVE') return known;
    const instance = (index: number) => this.#arns.of(`container-instance/${name}/${String(index).padStart(32, '0')}`);
    const cluster: Cluster = {
      name,
      arn: this.#arns.cluster(name),
      status: 'ACTIVE',
      capacityProviders: given.capacityProviders ?? [],
      defaultStrategy: given.defaultStrategy ?? [],
      settings: given.settings ?? [{ name: 'containerInsights', value: 'disabled' }],
      configuration: given.configuration,
      tags: given.tags ?? [],
      containerInstanceArns: Array.from({ length: this.#instances }, (_, index) => instance(index)),
      alive: new Map(),
      ended: new Map(),
    };
    this.all.set(name, cluster);
    return cluster;
  }

  /**
   * Returns the cluster by name or ARN, `default` if none is given; null if unknown.
   *
   * @throws AwsError if the ARN is of another account or region.
   */
  find(reference: string | undefined): Cluster | null {
    return this.all.get(this.#arns.nameOf(reference ?? 'default', 'cluster')) ?? null;
  }

  /** Returns the active cluster by name or ARN. Throws ClusterNotFoundException, and like {@link find}. */
  get(reference: string | undefined): Cluster {
    const cluster = this.find(reference);
    if (cluster === null) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
    if (cluster.status !== 'ACTIVE') {
      throw new AwsError('ClusterNotFoundException', 'The referenced cluster was inactive.');
    }
    return cluster;
  }
}
