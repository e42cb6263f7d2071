import type { Tag } from '../ecs-types.js';

/** Kind of a capacity provider. */
export type ProviderKind = 'fargate' | 'auto-scaling-group' | 'managed-instances';

export interface CapacityProvider {
  readonly name: string;
  readonly arn: string;
  readonly kind: ProviderKind;
  /** Name of the only cluster that can use it. Null: every cluster that it is associated with. */
  readonly clusterName: string | null;
  /** Whether tasks without room wait for new instances. Always true except for Auto Scaling groups. */
  readonly hasManagedScaling: boolean;
  /** Settings as received, under the name of the member in responses. */
  readonly settings: Readonly<Record<string, unknown>>;
  tags: readonly Tag[];
  status: 'ACTIVE' | 'INACTIVE';
}

/** Capacity providers of every account. */
export const FARGATE_PROVIDERS: readonly string[] = ['FARGATE', 'FARGATE_SPOT'];

/** Returns the launch type of a provider's tasks. */
export const LAUNCH_TYPES_BY_KIND: Readonly<Record<ProviderKind, string>> = {
  fargate: 'FARGATE',
  'auto-scaling-group': 'EC2',
  'managed-instances': 'MANAGED_INSTANCES',
};
