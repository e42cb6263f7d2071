import { jsonText } from '../../utilities/json-text.js';
import { objectsIn } from '../capacity.js';
import { objectOf, type TaskRunRule } from './task-run-to-check.js';

/** Windows containers run on x86 alone. */
export const architectureOfWindows: TaskRunRule = ({ taskDefinition }) => {
  const { operatingSystemFamily: system, cpuArchitecture } = objectOf(taskDefinition.runtimePlatform);
  if (!isWindows(system) || cpuArchitecture !== 'ARM64') return [];
  return [
    {
      path: 'task_definition.runtimePlatform.cpuArchitecture',
      expected: `X86_64 with operatingSystemFamily ${jsonText(system)}`,
      found: 'ARM64',
      suggestion: 'X86_64',
    },
  ];
};

/** Fargate runs no Windows containers on Spot. */
export const capacityOfWindows: TaskRunRule = ({ request, taskDefinition }) => {
  const { operatingSystemFamily: system } = objectOf(taskDefinition.runtimePlatform);
  const providers = objectsIn(request.capacityProviderStrategy).map(({ capacityProvider }) => capacityProvider);
  if (!isWindows(system) || !providers.includes('FARGATE_SPOT')) return [];
  return [
    {
      path: 'launch_type',
      expected: `capacity that runs operatingSystemFamily ${jsonText(system)}`,
      found: 'FARGATE_SPOT',
      suggestion: 'FARGATE',
    },
  ];
};

function isWindows(system: unknown): boolean {
  return typeof system === 'string' && system.startsWith('WINDOWS_');
}
