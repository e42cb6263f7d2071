import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { prepareHome } from '@worker-host/suite-pages';
import { type Benchmark, type Figure, medianOf } from './benchmark.js';
import { publishedWorker } from './published-worker.js';

const RUNS = 100_000;
const TIMES = 9;
const LONGEST_MS = 300;

/** How long commands that list and show runs take with 100,000 runs and 1,000,000 log lines, from process start to exit. */
export const lists: Benchmark = {
  name: 'lists',
  async measure() {
    const { home, runId } = prepareHome('many', RUNS);
    try {
      const run = runId ?? '';
      const commands = [
        ['runs', 'ls'],
        ['runs', 'ls', '--state', 'failed', '--since', '24h'],
        ['runs', 'ls', '--state', 'late'],
        ['runs', 'ls', '--deployment', 'nightly-import', '--limit', '100'],
        ['workers', 'ls'],
        ['pool', 'ls'],
        ['pool', 'inspect', 'batch'],
        ['deployment', 'ls'],
        ['runs', 'logs', run, '--tail', '20'],
        ['runs', 'inspect', run],
      ];
      const node = measure(['--eval', '0'], home);
      return [
        { name: 'node without a program, processor time', value: node.cpuMs, unit: 'ms', limit: null },
        ...commands.flatMap((words) => figuresOf(words, run, measure([publishedWorker().binary, ...words], home))),
      ];
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
};

interface Measured {
  readonly medianMs: number;
  /** Mean, user and system. */
  readonly cpuMs: number;
}

function figuresOf(words: readonly string[], run: string, { medianMs, cpuMs }: Measured): readonly Figure[] {
  const name = words.map((word) => (word === run ? 'RUN' : word)).join(' ');
  return [
    { name, value: medianMs, unit: 'ms', limit: LONGEST_MS },
    { name: `${name}, processor time`, value: cpuMs, unit: 'ms', limit: null },
  ];
}

/** The first call, which reads files into the cache of the system, is not counted. */
function measure(words: readonly string[], home: string): Measured {
  const wallMs: number[] = [];
  call(words, home);
  const cpuBeforeMs = childrenCpuMs();
  for (let time = 0; time < TIMES; time += 1) {
    const startMs = performance.now();
    call(words, home);
    wallMs.push(performance.now() - startMs);
  }
  return { medianMs: medianOf(wallMs), cpuMs: (childrenCpuMs() - cpuBeforeMs) / TIMES };
}

function call(words: readonly string[], home: string): void {
  const environment = { ...process.env, WORKER_HOST_HOME: home };
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env: environment });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
}

/** Processor time of the processes that have ended and that this one started, to 10 ms. Linux only: NaN elsewhere. */
function childrenCpuMs(): number {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return Number.NaN;
  }
}
