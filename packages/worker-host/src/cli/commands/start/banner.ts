import { renderFacts } from '../../output/text-table.js';

/** Contents of the banner of a worker. */
export interface BannerFacts {
  readonly workerName: string;
  readonly workPoolName: string;
  readonly workQueueNames: readonly string[];
  readonly type: string;
  readonly typeReason: string;
  readonly plugin: string;
  readonly extensions: readonly string[];
  /** Includes the setting that selected it. */
  readonly controlPlane: string;
  /** Null: the control plane stores its data itself. */
  readonly dataFile: string | null;
  readonly limit: number | null;
  readonly limitVcpus: number | null;
  readonly limitMemoryMib: number | null;
  readonly healthUrl: string | null;
  readonly isRunOnce: boolean;
  readonly drain: 'leave' | 'await';
}

/** Returns the first output lines of a worker. */
export function renderBanner(facts: BannerFacts): string {
  const queues = facts.workQueueNames.length === 0 ? '' : `, queues ${facts.workQueueNames.join(', ')}`;
  const stop =
    facts.drain === 'await'
      ? 'Ctrl-C stops the worker after its runs have ended; twice: immediately, and the jobs keep running'
      : 'Ctrl-C stops the worker; its jobs keep running, and the next worker resumes them';
  const lines: readonly (readonly [string, string | null])[] = [
    ['worker', facts.workerName],
    ['pool', `${facts.workPoolName}${queues}`],
    ['type', `${facts.type} (${facts.typeReason})`],
    ['plugin', facts.plugin],
    ['extensions', facts.extensions.length === 0 ? null : facts.extensions.join(', ')],
    ['control plane', facts.controlPlane],
    ['data', facts.dataFile],
    ['limit', limitText(facts)],
    ['health', facts.healthUrl],
    ['stop', facts.isRunOnce ? 'exits when the runs that are due now have ended' : stop],
  ];
  return renderFacts(lines.filter((line): line is readonly [string, string] => line[1] !== null));
}

function limitText({ limit, limitVcpus, limitMemoryMib }: BannerFacts): string {
  const limits = [
    ...(limit === null ? [] : [`${limit} active runs`]),
    ...(limitVcpus === null ? [] : [`${limitVcpus} vCPUs`]),
    ...(limitMemoryMib === null ? [] : [`${limitMemoryMib} MiB`]),
  ];
  return limits.length === 0 ? 'none' : `at most ${limits.join(', ')}`;
}
