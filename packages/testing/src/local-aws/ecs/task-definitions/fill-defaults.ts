import type { ContainerDefinition, PortMapping } from '../ecs-types.js';
import { parseCpuUnits, parseMemoryMib } from './fargate-sizes.js';
import type { RegisterRequest } from './register-request.js';

/** Completes a definition as ECS does: defaults that were not sent, sizes as integers, empty lists. */
export function fillDefaults(request: RegisterRequest): Readonly<Record<string, unknown>> & {
  containerDefinitions: ContainerDefinition[];
  networkMode: string;
} {
  const { tags: _tags, containerDefinitions = [], cpu, memory, ...rest } = request;
  const networkMode = request.networkMode ?? 'bridge';
  return {
    ...withoutNulls(rest),
    ...(cpu != null && { cpu: String(parseCpuUnits(String(cpu))) }),
    ...(memory != null && { memory: String(parseMemoryMib(String(memory))) }),
    networkMode,
    volumes: request.volumes ?? [],
    placementConstraints: request.placementConstraints ?? [],
    containerDefinitions: containerDefinitions.map((container) => fillContainer(container, networkMode)),
  };
}

function fillContainer(
  given: RegisterRequest['containerDefinitions'][number],
  networkMode: string,
): ContainerDefinition {
  const container = withoutNulls(given);
  return {
    ...container,
    name: given.name ?? '',
    image: given.image ?? '',
    cpu: given.cpu ?? 0,
    essential: given.essential ?? true,
    environment: given.environment ?? [],
    portMappings: (given.portMappings ?? []).map((port) => fillPort(port, networkMode)),
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...(given.healthCheck && { healthCheck: { interval: 30, timeout: 5, retries: 3, ...given.healthCheck } }),
  };
}

function fillPort(port: PortMapping, networkMode: string): PortMapping {
  const hostPort = port.hostPort ?? (networkMode === 'bridge' ? 0 : port.containerPort);
  return { ...port, ...(hostPort !== undefined && { hostPort }), protocol: port.protocol ?? 'tcp' };
}

function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member != null)) as T;
}
