import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a job was launched for. */
export interface JobFacts {
  readonly flowRunId: string;
  readonly attemptId: string;
}

export interface JobSpec {
  readonly command: string;
  readonly shell: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly facts: JobFacts;
}

/** A job as it is now. */
export interface JobView {
  readonly hasEnded: boolean;
  /** Null: it has not ended, or ended without one. */
  readonly exitCode: number | null;
  readonly stopRequested: boolean;
}

const CHUNK_BYTES = 65_536;
const LOOK_EVERY_MS = 10;

/** Takes the launch for itself or gives way, keeps the exit status, and outlives the worker. */
const WRAPPER = `
mkdir "$1/taken" 2>/dev/null || exit 0
trap : TERM
echo $$ >"$1/pid.new" && mv "$1/pid.new" "$1/pid" || exit 1
"$3" -c "$2"
code=$?
echo $code >"$1/exit.new" && mv "$1/exit.new" "$1/exit"
`;

/**
 * A STAND-IN: each job is a shell of this machine, with its files in a directory that has the job's name. Replace it by
 * calls to your infrastructure; what the worker needs is that `start` never starts the same name twice.
 */
export class Infrastructure {
  constructor(readonly directory: string) {}

  /** Starts a job. Resolves when it exists; where the name exists already, that job is left as it is. */
  async start(name: string, { command, shell, environment, facts }: JobSpec): Promise<void> {
    const directory = this.#file(name);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(join(directory, 'facts.json'), JSON.stringify(facts));
    const output = await open(join(directory, 'output'), 'a', 0o600);
    try {
      const child = spawn('/bin/sh', ['-c', WRAPPER, 'job', directory, command, shell], {
        cwd: directory,
        env: { ...environment },
        detached: true,
        stdio: ['ignore', output.fd, output.fd],
      });
      await once(child, 'spawn');
      child.unref();
    } finally {
      await output.close();
    }
    while ((await this.describe(name)) === null) await sleep(LOOK_EVERY_MS);
  }

  /** Null: there is no job of that name. */
  async describe(name: string): Promise<JobView | null> {
    if (!(await exists(this.#file(name, 'taken')))) return null;
    const stopRequested = await exists(this.#file(name, 'stop'));
    const pid = await this.#pid(name);
    const isAlive = pid === null || signalGroup(pid, 0);
    const exit = await read(this.#file(name, 'exit'));
    if (exit !== null) return { hasEnded: true, exitCode: Number.parseInt(exit, 10), stopRequested };
    return { hasEnded: !isAlive, exitCode: null, stopRequested };
  }

  /** Whole lines of the output from an offset in bytes on; the last one need not be whole once the job has ended. */
  async readOutput(name: string, offset: number, hasEnded: boolean) {
    const file = await open(this.#file(name, 'output'), 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
      const chunk = buffer.subarray(0, bytesRead);
      const isCut = bytesRead === CHUNK_BYTES;
      const afterNewline = chunk.lastIndexOf('\n') + 1;
      const end = afterNewline > 0 && (isCut || !hasEnded) ? afterNewline : isCut || hasEnded ? bytesRead : 0;
      if (end === 0) return { lines: [], nextOffset: offset };
      const lines = chunk.subarray(0, end).toString('utf8').replace(/\n$/, '').split('\n');
      return { lines, nextOffset: offset + end };
    } finally {
      await file.close();
    }
  }

  /** Asks a job to end; forced, ends it. */
  async stop(name: string, { isForced = false } = {}): Promise<void> {
    await writeFile(this.#file(name, 'stop'), '');
    const pid = await this.#pid(name);
    if (pid === null) return;
    signalGroup(pid, isForced ? 'SIGKILL' : 'SIGTERM');
    // No process survives SIGKILL, so the wrapper can keep no status.
    if (isForced) await writeFile(this.#file(name, 'exit'), '137', { flag: 'a' });
  }

  /** The jobs that are alive. */
  async list(): Promise<readonly { readonly name: string; readonly facts: JobFacts }[]> {
    const jobs = [];
    for (const name of await readdir(this.directory).catch(() => [])) {
      const facts = await read(this.#file(name, 'facts.json'));
      const job = await this.describe(name);
      if (facts !== null && job?.hasEnded === false) jobs.push({ name, facts: JSON.parse(facts) as JobFacts });
    }
    return jobs;
  }

  async #pid(name: string): Promise<number | null> {
    const text = await read(this.#file(name, 'pid'));
    return text === null ? null : Number(text.trim());
  }

  #file(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }
}

/** Sends a signal to a process group; false: there is none. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function read(file: string): Promise<string | null> {
  return await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
