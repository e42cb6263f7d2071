import { clientException } from '../../server/aws-error.js';
import { checkTags } from '../tags/check-tags.js';
import { isFargateCpu, isFargatePair, parseCpuUnits, parseMemoryMib } from './fargate-sizes.js';
import type { RegisterRequest } from './register-request.js';

const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const IMAGE = /^[A-Za-z0-9_\-:./#@]{1,255}$/;
const NETWORK_MODES: readonly string[] = ['bridge', 'host', 'awsvpc', 'none', 'default'];
const COMPATIBILITIES: readonly string[] = ['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'];
const FARGATE_LOG_DRIVERS: readonly string[] = ['awslogs', 'splunk', 'awsfirelens'];
const MAX_CONTAINERS = 10;
const MAX_BYTES = 65_536;
const MIN_STOP_TIMEOUT_SECONDS = 2;
const MAX_FARGATE_STOP_TIMEOUT_SECONDS = 120;

type Container = RegisterRequest['containerDefinitions'][number];

/** Rejects a definition that ECS rejects, with the messages of ECS where they are known. */
export function checkDefinition(request: RegisterRequest): void {
  const containers = request.containerDefinitions ?? [];
  if (!NAME.test(request.family ?? '')) {
    throw clientException(
      request.family ? 'Family contains invalid characters.' : 'Family should not be null or empty.',
    );
  }
  if (containers.length === 0) throw clientException('Container list cannot be empty.');
  if (containers.length > MAX_CONTAINERS)
    throw clientException(`Task definition can have at most ${MAX_CONTAINERS} containers.`);
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes > MAX_BYTES)
    throw clientException(`Actual length: '${bytes}'. Max allowed length is '${MAX_BYTES}' bytes.`);
  if (request.networkMode !== undefined && !NETWORK_MODES.includes(request.networkMode)) {
    throw clientException(`Unknown network mode: ${request.networkMode}`);
  }
  checkTags(request.tags ?? []);
  const requires = request.requiresCompatibilities ?? [];
  for (const name of requires)
    if (!COMPATIBILITIES.includes(name)) throw clientException(`Unknown compatibility: ${name}`);
  const isFargate = requires.includes('FARGATE');
  for (const container of containers) checkContainer(container, request);
  const names = containers.map((container) => container.name);
  if (new Set(names).size < names.length) throw clientException('Container.name should be unique.');
  if (!containers.some((container) => container.essential ?? true)) {
    throw clientException('At least one container in the task definition must be essential.');
  }
  if (isFargate) checkFargate(request, containers);
}

function checkContainer(container: Container, request: RegisterRequest): void {
  if (!container.name) throw clientException('Container.name should not be null or empty.');
  if (!NAME.test(container.name)) throw clientException('Container.name contains invalid characters.');
  if (!container.image) throw clientException('Container.image should not be null or empty.');
  if (!IMAGE.test(container.image.replace(/@sha\d+:[0-9a-f]+$/, ''))) {
    throw clientException('Container.image contains invalid characters.');
  }
  if (container.memory == null && container.memoryReservation == null && request.memory == null) {
    throw clientException(
      `Invalid setting for container '${container.name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  if (
    container.memory != null &&
    container.memoryReservation != null &&
    container.memory < container.memoryReservation
  ) {
    throw clientException(
      `Invalid setting for container '${container.name}'. 'memory' must be at least 'memoryReservation'.`,
    );
  }
  const log = container.logConfiguration;
  if (log?.logDriver === 'awslogs') {
    const missing = ['awslogs-group', 'awslogs-region'].filter((name) => !log.options?.[name]);
    if (missing.length > 0) throw clientException(`Log driver awslogs requires options: ${missing.join(', ')}`);
  }
  if (request.networkMode === 'awsvpc' || request.networkMode === 'host') {
    const differs = (container.portMappings ?? []).some(
      (port) => port.hostPort && port.hostPort !== port.containerPort,
    );
    if (differs) {
      throw clientException(
        `When networkMode=${request.networkMode}, the host ports and container ports in port mappings must match.`,
      );
    }
  }
}

function checkFargate(request: RegisterRequest, containers: readonly Container[]): void {
  if (request.networkMode !== 'awsvpc') throw clientException('Fargate only supports network mode ‘awsvpc’.');
  if (request.cpu == null) throw clientException("Fargate requires that 'cpu' be defined at the task level.");
  if (request.memory == null) throw clientException("Fargate requires that 'memory' be defined at the task level.");
  checkFargateSize(request.cpu, request.memory);
  const storage = request.ephemeralStorage?.sizeInGiB;
  if (storage !== undefined && (storage < 21 || storage > 200)) {
    throw clientException('Ephemeral storage size must be between 21 and 200 GiB.');
  }
  for (const container of containers) {
    const driver = container.logConfiguration?.logDriver;
    if (driver !== undefined && !FARGATE_LOG_DRIVERS.includes(driver)) {
      throw clientException(`Fargate does not support log driver '${driver}'.`);
    }
    if (driver === 'awslogs' && !request.executionRoleArn) {
      throw clientException(
        'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
      );
    }
    if (driver === 'awslogs' && !container.logConfiguration?.options?.['awslogs-stream-prefix']) {
      throw clientException('Log driver awslogs requires options: awslogs-stream-prefix');
    }
    if (container.secrets?.length && !request.executionRoleArn) {
      throw clientException(
        'Fargate requires task definition to have execution role ARN to support container secrets.',
      );
    }
    if (container.privileged === true) throw clientException("Fargate does not support 'privileged'.");
    const stop = container.stopTimeout;
    if (stop !== undefined && (stop < MIN_STOP_TIMEOUT_SECONDS || stop > MAX_FARGATE_STOP_TIMEOUT_SECONDS)) {
      throw clientException(
        `Container.stopTimeout must be between ${MIN_STOP_TIMEOUT_SECONDS} and ${MAX_FARGATE_STOP_TIMEOUT_SECONDS} seconds on Fargate.`,
      );
    }
  }
}

/** Rejects a size that Fargate does not offer, as registering and launching both do. */
export function checkFargateSize(cpu: string, memory: string): void {
  const units = parseCpuUnits(String(cpu));
  if (!isFargateCpu(units)) throw clientException("Invalid 'cpu' setting for task.");
  if (!isFargatePair(units, parseMemoryMib(String(memory)))) {
    throw clientException('No Fargate configuration exists for given values.');
  }
}
