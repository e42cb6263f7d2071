/**
 * The parts of ECS's wire shapes that the local AWS reads or creates. Members that it only stores and returns are open.
 */

export interface Tag {
  readonly key: string;
  readonly value?: string;
}

export interface NameValue {
  readonly name: string;
  readonly value: string;
}

export interface PortMapping {
  readonly containerPort?: number;
  readonly hostPort?: number;
  readonly protocol?: string;
}

export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly cpu: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly essential: boolean;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment: readonly NameValue[];
  readonly secrets?: readonly { readonly name: string; readonly valueFrom: string }[];
  readonly portMappings: readonly PortMapping[];
  readonly workingDirectory?: string;
  readonly stopTimeout?: number;
  readonly logConfiguration?: {
    readonly logDriver: string;
    readonly options?: Readonly<Record<string, string>>;
  };
  readonly [member: string]: unknown;
}

export interface TaskDefinition {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  readonly containerDefinitions: readonly ContainerDefinition[];
  readonly networkMode: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly compatibilities: readonly string[];
  readonly requiresCompatibilities?: readonly string[];
  readonly ephemeralStorage?: { readonly sizeInGiB: number };
  readonly registeredAt: number;
  deregisteredAt?: number;
  deleteRequestedAt?: number;
  readonly [member: string]: unknown;
}

export interface ContainerOverride {
  readonly name?: string;
  readonly command?: readonly string[];
  readonly environment?: readonly NameValue[];
  readonly cpu?: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
}

export interface TaskOverride {
  readonly containerOverrides?: readonly ContainerOverride[];
  readonly cpu?: string;
  readonly memory?: string;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly ephemeralStorage?: { readonly sizeInGiB: number };
}

export interface StrategyItem {
  readonly capacityProvider: string;
  readonly weight?: number;
  readonly base?: number;
}

export interface AwsvpcConfiguration {
  readonly subnets?: readonly string[];
  readonly securityGroups?: readonly string[];
  readonly assignPublicIp?: string;
}

export interface RunTaskRequest {
  readonly cluster?: string;
  readonly taskDefinition?: string;
  readonly count?: number;
  readonly launchType?: string;
  readonly capacityProviderStrategy?: readonly StrategyItem[];
  readonly networkConfiguration?: { readonly awsvpcConfiguration?: AwsvpcConfiguration };
  readonly overrides?: TaskOverride;
  readonly startedBy?: string;
  readonly group?: string;
  readonly platformVersion?: string;
  readonly tags?: readonly Tag[];
  readonly propagateTags?: string;
  readonly enableECSManagedTags?: boolean;
  readonly enableExecuteCommand?: boolean;
  readonly clientToken?: string;
  readonly placementConstraints?: readonly unknown[];
  readonly placementStrategy?: readonly unknown[];
}

export interface Failure {
  readonly arn?: string;
  readonly reason?: string;
  readonly detail?: string;
}
