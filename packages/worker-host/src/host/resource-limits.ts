import type { RunResources } from '@worker-host/core';

/** Limits of the total resources of active runs. Null: no limit. */
export interface ResourceLimits {
  readonly vcpus: number | null;
  readonly memoryMib: number | null;
}

export const NO_RESOURCES: RunResources = { vcpus: 0, memoryMib: 0 };

export function addedResources(one: RunResources, other: RunResources): RunResources {
  return { vcpus: one.vcpus + other.vcpus, memoryMib: one.memoryMib + other.memoryMib };
}

/** Returns the limit that a run exceeds together with what is in use. Null: none. Example: `2 of 4 vCPUs`. */
export function exceededLimit(wanted: RunResources, used: RunResources, limits: ResourceLimits): string | null {
  const { vcpus, memoryMib } = addedResources(wanted, used);
  if (limits.vcpus !== null && vcpus > limits.vcpus) return `${wanted.vcpus} of ${limits.vcpus} vCPUs`;
  if (limits.memoryMib !== null && memoryMib > limits.memoryMib)
    return `${wanted.memoryMib} of ${limits.memoryMib} MiB`;
  return null;
}
