import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Child } from '../server/child.js';

const REPOSITORY = fileURLToPath(new URL('../../../../../', import.meta.url));
/** The command line of worker-host. */
export const BINARY = `${REPOSITORY}packages/worker-host/bin/worker-host.js`;

export interface WorkerProcessOptions {
  readonly pool: string;
  readonly name: string;
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/** `worker-host start --type ecs` in a separate process. */
export class WorkerProcess {
  readonly child: Child;

  constructor(private readonly options: WorkerProcessOptions) {
    const args = [BINARY, 'start', '--type', 'ecs', '--pool', options.pool, '--name', options.name];
    this.child = new Child(process.execPath, [...args, ...(options.args ?? [])], {
      env: options.env,
      cwd: REPOSITORY,
      logFile: options.logFile,
    });
  }

  get output(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }
}
