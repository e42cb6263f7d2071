import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told from a later one of the same number. */
export interface ProcessIdentity {
  readonly host: string;
  readonly osPid: number;
  /** Start time in clock ticks since boot; null where the system does not tell. */
  readonly processStarted: string | null;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { host: hostname(), osPid: process.pid, processStarted: startOf(process.pid) };
}

/** Whether a process of this machine is still there; null: it cannot be told. */
export function isAlive({ host, osPid, processStarted }: ProcessIdentity): boolean | null {
  if (host !== hostname()) return null;
  try {
    process.kill(osPid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const started = startOf(osPid);
  if (processStarted === null || started === null) return null;
  return started === processStarted;
}

function startOf(osPid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${osPid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isZombie = fields[0] === 'Z';
    return isZombie ? 'ended' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
