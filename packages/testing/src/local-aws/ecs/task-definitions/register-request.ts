import type { ContainerDefinition, Tag } from '../ecs-types.js';

/** A RegisterTaskDefinition request as received. */
export interface RegisterRequest {
  readonly family?: string;
  readonly containerDefinitions: readonly Partial<ContainerDefinition & { readonly healthCheck: object }>[];
  readonly networkMode?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly executionRoleArn?: string;
  readonly requiresCompatibilities?: readonly string[];
  readonly ephemeralStorage?: { readonly sizeInGiB?: number };
  readonly volumes?: readonly unknown[];
  readonly placementConstraints?: readonly unknown[];
  readonly tags?: readonly Tag[];
}
