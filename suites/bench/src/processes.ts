import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of /proc, in milliseconds each. */
const TICK_MS = 10;

interface ProcessStat {
  readonly id: number;
  readonly parent: number;
  /** Ticks of the process and of its children that have ended. */
  readonly ticks: number;
}

/** Processor time of a process and its descendants, running or ended, in milliseconds. Linux only: NaN elsewhere. */
export function cpuMsOf(pid: number | undefined): number {
  const tree = treeOf(pid);
  if (tree.length === 0) return Number.NaN;
  return tree.reduce((sum, { ticks }) => sum + ticks, 0) * TICK_MS;
}

/**
 * Resident memory of a process and its running descendants, in MiB; the peak of each where asked. Linux only: NaN
 * elsewhere.
 */
export function residentMib(pid: number | undefined, which: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const tree = treeOf(pid);
  if (tree.length === 0) return Number.NaN;
  return tree.reduce((sum, { id }) => sum + residentKib(id, which), 0) / 1024;
}

function residentKib(pid: number, which: string): number {
  try {
    return Number(new RegExp(`^${which}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The process and its running descendants; empty: it does not run. */
function treeOf(pid: number | undefined): readonly ProcessStat[] {
  const all = allStats();
  const tree = all.filter(({ id }) => id === pid);
  for (const each of tree) tree.push(...all.filter(({ parent }) => parent === each.id));
  return tree;
}

function allStats(): readonly ProcessStat[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(statOf);
  } catch {
    return [];
  }
}

/** Empty: the process has ended meanwhile. */
function statOf(id: string): readonly ProcessStat[] {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    return [{ id: Number(id), parent, ticks: fields.slice(11, 15).reduce((sum, each) => sum + each, 0) }];
  } catch {
    return [];
  }
}
