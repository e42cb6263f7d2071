import { join } from 'node:path';
import type { PythonEnvironment } from '@worker-host/suite-interop';
import { publishedWorker } from '../published-worker.js';

/** The pool that a worker is to serve, and its name in it. */
export interface Post {
  readonly pool: string;
  readonly name: string;
}

/** A command as it is given to the system. */
export interface Command {
  readonly program: string;
  readonly words: readonly string[];
  /** Undefined: the folder of the measurement. */
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A worker that can be measured: one process, or several that descend from it. */
export interface Contender {
  readonly title: string;
  command(post: Post): Command;
}

/** worker-host with the ECS plugin, as people install it. */
export function workerHost(): Contender {
  const { binary, folder } = publishedWorker();
  return {
    title: 'worker-host',
    command: ({ pool, name }) => ({
      program: process.execPath,
      words: [binary, 'start', '--type', 'ecs', '--pool', pool, '--name', name],
      folder,
    }),
  };
}

/** Prefect's own ECS worker. */
export function prefectWorker({ bin, prefectVersion }: PythonEnvironment): Contender {
  return {
    title: `Prefect's worker ${prefectVersion}`,
    command: ({ pool, name }) => ({
      program: join(bin, 'prefect'),
      words: ['worker', 'start', '--type', 'ecs', '--pool', pool, '--name', name],
    }),
  };
}

/** Any worker: a shell runs the command with `BENCH_POOL` and `BENCH_WORKER` in its environment. */
export function peerWorker(command: string): Contender {
  return {
    title: 'the other worker',
    command: ({ pool, name }) => ({
      program: '/bin/sh',
      words: ['-c', command],
      environment: { BENCH_POOL: pool, BENCH_WORKER: name },
    }),
  };
}
