import type { Command } from 'commander';
import type { PoolLimits } from '../../../orchestrators/embedded/administration-types.js';
import { parseLimit, parseVcpus } from '../../input/values.js';

export interface ResourceLimitOptions {
  readonly vcpuLimit?: string;
  readonly memoryLimit?: string;
}

/** Adds `--vcpu-limit` and `--memory-limit`. */
export function addResourceLimitOptions(command: Command): Command {
  return command
    .option('--vcpu-limit <vcpus>', 'maximum total vCPUs of the active runs, or none')
    .option('--memory-limit <mib>', 'maximum total memory of the active runs in MiB, or none');
}

/** The limits that are given. @throws UsageError */
export function resourceLimitsOf({ vcpuLimit, memoryLimit }: ResourceLimitOptions): PoolLimits {
  return {
    ...(vcpuLimit === undefined ? {} : { vcpuLimit: parseVcpus('--vcpu-limit', vcpuLimit) }),
    ...(memoryLimit === undefined ? {} : { memoryLimitMib: parseLimit('--memory-limit', memoryLimit) }),
  };
}
