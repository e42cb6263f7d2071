import { clientException, invalidParameter } from '../../server/aws-error.js';
import type { Answer, OperationTable } from '../../server/operation.js';
import type { EcsState } from '../ecs-state.js';
import type { Tag } from '../ecs-types.js';
import { checkTags } from '../tags/check-tags.js';
import type { CapacityProvider, ProviderKind } from './capacity-provider.js';

const NAME = /^(?!aws|ecs|fargate)[A-Za-z0-9_-]{1,255}$/i;
const MANAGED_INSTANCES = 'Amazon ECS Managed Instances capacity provider must specify';

interface CreateRequest {
  readonly name?: string;
  readonly cluster?: string;
  readonly autoScalingGroupProvider?: {
    readonly autoScalingGroupArn?: string;
    readonly managedScaling?: { readonly status?: string };
  };
  readonly managedInstancesProvider?: {
    readonly infrastructureRoleArn?: string;
    readonly instanceLaunchTemplate?: {
      readonly ec2InstanceProfileArn?: string;
      readonly networkConfiguration?: { readonly subnets?: readonly string[] };
    };
  };
  readonly tags?: readonly Tag[];
}

/** Operations to create, describe and delete capacity providers. */
export function providerOperations(state: EcsState): OperationTable {
  return {
    CreateCapacityProvider: (params) => {
      const request = params as CreateRequest;
      checkName(state, request.name);
      checkTags(request.tags ?? []);
      return { capacityProvider: describeProvider(state, create(state, request)) };
    },
    DescribeCapacityProviders: (params) => {
      const wanted = params.capacityProviders as readonly string[] | undefined;
      const clusterName = params.cluster === undefined ? null : state.clusters.get(String(params.cluster)).name;
      const names = wanted ?? [...state.providers.all.keys()].filter((name) => state.providers.find(name) !== null);
      const isOfCluster = (one: CapacityProvider) => clusterName === null || one.clusterName === clusterName;
      const found = names.map((name) => ({ name, provider: state.providers.find(name) }));
      return {
        capacityProviders: found.flatMap(({ provider }) =>
          provider !== null && isOfCluster(provider) ? [describeProvider(state, provider)] : [],
        ),
        failures: found.flatMap(({ name, provider }) =>
          provider === null
            ? [{ arn: state.arns.capacityProvider(state.arns.nameOf(name, 'capacity-provider')), reason: 'MISSING' }]
            : [],
        ),
      };
    },
    DeleteCapacityProvider: (params) => {
      const provider = state.providers.get(String(params.capacityProvider ?? ''));
      if (provider.kind === 'fargate') {
        throw invalidParameter('The specified capacity provider is reserved by AWS and cannot be deleted.');
      }
      const isUsed = [...state.clusters.all.values()].some(
        ({ status, capacityProviders }) => status === 'ACTIVE' && capacityProviders.includes(provider.name),
      );
      if (isUsed || state.allTasks().some((task) => task.provider === provider && task.lastStatus !== 'STOPPED')) {
        throw clientException('The specified capacity provider is in use and cannot be removed.');
      }
      provider.status = 'INACTIVE';
      return { capacityProvider: describeProvider(state, provider) };
    },
  };
}

function checkName(state: EcsState, name: string | undefined): void {
  if (!name) throw clientException('CapacityProvider name must not be blank');
  if (!NAME.test(name)) {
    throw clientException(
      'The specified capacity provider name is invalid. Up to 255 characters are allowed, which can include letters, numbers, underscores and hyphens. The name cannot be prefixed with "aws", "ecs", or "fargate".',
    );
  }
  if (state.providers.find(name) !== null) {
    throw clientException(
      'The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider.',
    );
  }
}

function create(state: EcsState, request: CreateRequest): CapacityProvider {
  const { name = '', autoScalingGroupProvider, managedInstancesProvider, tags = [] } = request;
  if ((autoScalingGroupProvider === undefined) === (managedInstancesProvider === undefined)) {
    throw clientException('Specify either an Auto Scaling group provider or a Managed Instances provider.');
  }
  if (autoScalingGroupProvider !== undefined) {
    if (!autoScalingGroupProvider.autoScalingGroupArn) {
      throw invalidParameter('The specified Auto Scaling group ARN is invalid. Specify a valid ARN and try again.');
    }
    const { managedScaling } = autoScalingGroupProvider;
    return state.providers.add({
      name,
      kind: 'auto-scaling-group',
      clusterName: null,
      hasManagedScaling: managedScaling?.status === 'ENABLED',
      settings: {
        autoScalingGroupProvider: { ...autoScalingGroupProvider, managedScaling: scalingOf(managedScaling) },
      },
      tags,
    });
  }
  if (request.cluster === undefined) {
    throw clientException('Amazon ECS Managed Instances Provider is not supported without a Cluster Name');
  }
  checkManagedInstances(managedInstancesProvider);
  return state.providers.add({
    name,
    kind: 'managed-instances',
    clusterName: state.clusters.get(request.cluster).name,
    hasManagedScaling: true,
    settings: { managedInstancesProvider },
    tags,
  });
}

function checkManagedInstances(provider: CreateRequest['managedInstancesProvider']): void {
  const template = provider?.instanceLaunchTemplate;
  if (!template?.ec2InstanceProfileArn) throw clientException(`${MANAGED_INSTANCES} an instance profile`);
  if (!provider?.infrastructureRoleArn) throw clientException(`${MANAGED_INSTANCES} an InfrastructureRole`);
  if (template.networkConfiguration === undefined) {
    throw clientException(`${MANAGED_INSTANCES} a Network Configuration`);
  }
  if (!template.networkConfiguration.subnets?.length) {
    throw clientException(`${MANAGED_INSTANCES} a Network Configuration with non empty subnets`);
  }
}

function scalingOf(given: object | undefined): object {
  return {
    status: 'DISABLED',
    targetCapacity: 100,
    minimumScalingStepSize: 1,
    maximumScalingStepSize: 10_000,
    instanceWarmupPeriod: 300,
    ...given,
  };
}

const TYPES: Readonly<Record<Exclude<ProviderKind, 'fargate'>, string>> = {
  'auto-scaling-group': 'EC2_AUTOSCALING',
  'managed-instances': 'MANAGED_INSTANCES',
};

function describeProvider(state: EcsState, provider: CapacityProvider): Answer {
  const { name, arn, kind, clusterName, settings, status, tags } = provider;
  return {
    capacityProviderArn: arn,
    name,
    cluster: clusterName === null ? undefined : state.arns.cluster(clusterName),
    status,
    ...settings,
    type: kind === 'fargate' ? name : TYPES[kind],
    tags,
  };
}
