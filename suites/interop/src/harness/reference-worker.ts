import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PythonEnvironment } from '../python/python-environment.js';
import { Child } from '../server/child.js';

export interface ReferenceWorkerOptions {
  readonly python: PythonEnvironment;
  readonly pool: string;
  readonly name: string;
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logFile: string;
}

/** `prefect worker start --type ecs`: Prefect's own worker in a separate process. */
export class ReferenceWorker {
  readonly child: Child;

  constructor(private readonly options: ReferenceWorkerOptions) {
    const { python, pool, name, args, env, cwd, logFile } = options;
    const line = ['worker', 'start', '--type', 'ecs', '--pool', pool, '--name', name, ...(args ?? [])];
    this.child = new Child(join(python.bin, 'prefect'), line, { env, cwd, logFile });
  }

  get output(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }
}
