import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { InfrastructureNotAvailable, InfrastructureNotFound } from '@worker-host/core';

const run = promisify(execFile);

/** A process, distinguished from a later one with the same id by its start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; as written by the wrapper of the job. */
  readonly startTime: string;
}

/** Identifier of the infrastructure: `host::pid::start-time`. */
export function infrastructurePidOf({ pid, startTime }: ProcessIdentity): string {
  return `${hostname()}::${pid}::${startTime}`;
}

/**
 * @throws InfrastructureNotFound if the text does not identify a process.
 * @throws InfrastructureNotAvailable if the process belongs to another machine.
 */
export function parseInfrastructurePid(infrastructurePid: string): ProcessIdentity {
  const match = /^(.+)::([1-9]\d*)::([\w:-]+)$/.exec(infrastructurePid);
  if (!match) throw new InfrastructureNotFound(infrastructurePid, 'it must read host::pid::start-time');
  const [, host = '', pid = '', startTime = ''] = match;
  if (host !== hostname()) {
    throw new InfrastructureNotAvailable(infrastructurePid, `the process runs on another machine than ${hostname()}`);
  }
  return { pid: Number(pid), startTime };
}

/** Returns whether the process is alive; a zombie is not. */
export async function isAlive({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  return (await startTimeOf(pid)) === startTime;
}

/** Returns whether any process of the group is alive. */
export function groupExists(groupId: number): boolean {
  return signalGroup(groupId, 0);
}

/** Sends a signal to a process group; false: it does not exist. */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function startTimeOf(pid: number): Promise<string | null> {
  return process.platform === 'linux' ? await startTimeFromProc(pid) : await startTimeFromPs(pid);
}

async function startTimeFromProc(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = ''] = fields;
    if (state === 'Z' || state === 'X') return null;
    const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${bootId.trim()}-${fields[19] ?? ''}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

async function startTimeFromPs(pid: number): Promise<string | null> {
  try {
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env });
    const [state = '', ...started] = stdout.trim().split(/\s+/);
    return state === '' || state.startsWith('Z') ? null : started.join('-');
  } catch (error) {
    if ((error as { code?: unknown }).code === 1) return null;
    throw error;
  }
}
