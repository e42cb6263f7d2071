import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, distinguished from any other with the same id: a later one, or one of another container or boot. */
export interface ProcessIdentity {
  readonly host: string;
  /** Id of the machine's boot. Null: the system does not provide it. */
  readonly bootId: string | null;
  /** The namespace in which the process id is unique, such as a container's. Null: the system does not provide it. */
  readonly processNamespace: string | null;
  readonly osPid: number;
  /** Start time in clock ticks since boot. Null: the system does not provide it. */
  readonly processStarted: string | null;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return {
    host: hostname(),
    bootId: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    processNamespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
    osPid: process.pid,
    processStarted: startOf(process.pid),
  };
}

/** Facts about a process by its id. */
export interface ProcessLookup {
  exists(osPid: number): boolean;
  /** Null: the system does not provide it. */
  startOf(osPid: number): string | null;
}

export const systemProcesses: ProcessLookup = { exists, startOf };

/** Returns whether a process is alive, as seen from another one; null: unknown. */
export function isAlive(
  process: ProcessIdentity,
  observer: ProcessIdentity,
  processes: ProcessLookup = systemProcesses,
): boolean | null {
  if (process.host !== observer.host) return null;
  if (process.bootId !== null && observer.bootId !== null && process.bootId !== observer.bootId) return false;
  if (process.processNamespace !== observer.processNamespace) return null;
  if (!processes.exists(process.osPid)) return false;
  const started = processes.startOf(process.osPid);
  if (process.processStarted === null || started === null) return null;
  return started === process.processStarted;
}

function exists(osPid: number): boolean {
  try {
    process.kill(osPid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A zombie counts as ended. */
function startOf(osPid: number): string | null {
  return orNull(() => {
    const stat = readFileSync(`/proc/${osPid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null);
  });
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
