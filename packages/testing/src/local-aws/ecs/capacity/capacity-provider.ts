import type { Tag } from '../ecs-types.js';

/** What stands behind a capacity provider. */
export type ProviderKind = 'fargate' | 'auto-scaling-group' | 'managed-instances';

export interface CapacityProvider {
  readonly name: string;
  readonly arn: string;
  readonly kind: ProviderKind;
  /** The only cluster that may use it, by name; null: every cluster that it is associated with. */
  readonly clusterName: string | null;
  /** Whether tasks without room wait for new instances. Always true but for Auto Scaling groups. */
  readonly hasManagedScaling: boolean;
  /** Settings as they were given, under the member's name in answers. */
  readonly settings: Readonly<Record<string, unknown>>;
  tags: readonly Tag[];
  status: 'ACTIVE' | 'INACTIVE';
}

/** The providers that every account has. */
export const FARGATE_PROVIDERS: readonly string[] = ['FARGATE', 'FARGATE_SPOT'];

/** The launch type of a provider's tasks. */
export const LAUNCH_TYPES_BY_KIND: Readonly<Record<ProviderKind, string>> = {
  fargate: 'FARGATE',
  'auto-scaling-group': 'EC2',
  'managed-instances': 'MANAGED_INSTANCES',
};
