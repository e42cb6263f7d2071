import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StateType } from '@worker-host/core';

/** A job of the first run, and its expected end. */
export interface SampleJob {
  readonly title: string;
  /** Arguments of its command line. */
  readonly command: readonly string[];
  readonly expected: Extract<StateType, 'COMPLETED' | 'FAILED' | 'CANCELLED'>;
}

/** Directory of the repository. */
const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '');

const INDEXED = ['packages/worker-core', 'packages/worker-ecs', 'packages/worker-host', 'packages/testing', 'examples'];

/** Concurrency limit of the pool: fewer than there are jobs, so that some wait. */
export const LIMIT = 4;

/** The jobs: real work on files of the repository. The one to be cancelled continues until then. */
export function sampleJobs(): readonly SampleJob[] {
  return [
    job('watch for changes', 'CANCELLED', 'watch-files', `${REPOSITORY}/docs`),
    job('count lines', 'COMPLETED', 'count-lines', REPOSITORY),
    job('checksum sources', 'COMPLETED', 'checksum-sources', REPOSITORY),
    job('check JSON files', 'FAILED', 'check-json', ...['package.json', 'turbo.json', 'README.md'].map(inRoot)),
    ...INDEXED.map((path) => job(`index ${basename(path)}`, 'COMPLETED', 'index-words', inRoot(path))),
  ];
}

function job(title: string, expected: SampleJob['expected'], script: string, ...words: readonly string[]): SampleJob {
  const path = fileURLToPath(new URL(`jobs/${script}.js`, import.meta.url));
  return { title, expected, command: [process.execPath, path, ...words] };
}

function inRoot(path: string): string {
  return `${REPOSITORY}/${path}`;
}
