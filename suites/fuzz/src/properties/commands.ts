import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@worker-host/core';
import fc from 'fast-check';
import { json, text } from '../inputs.js';
import { commandLine } from '../internals.js';
import { must, property, SECRET } from '../property.js';

const folder = mkdtempSync(join(tmpdir(), 'worker-host-fuzz-commands-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Words of commands that end by themselves, with values that are good or not. */
const word = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      'run',
      'runs',
      'ls',
      'inspect',
      'cancel',
      'logs',
      'pool',
      'create',
      'delete',
      'pause',
      'limit',
      'queue',
      'update',
      'deployment',
      'variable',
      'set',
      'get',
      'secret',
      'config',
      'show',
      'help',
      '--json',
      '--pool',
      '--type',
      '--name',
      '--job-variable',
      '--param',
      '--tag',
      '--cron',
      '--at',
      '--limit',
      '--priority',
      '--concurrency-limit',
      '--yes',
      '--state',
      'p',
      'default',
      '5',
      '*/5 * * * *',
      'env={"A":1}',
      `password=${SECRET}`,
    ),
  },
  { weight: 3, arbitrary: text.filter((each) => each !== '--watch' && each !== '--follow') },
  { weight: 1, arbitrary: json.map((value) => JSON.stringify(value)) },
);
const STARTS = [
  ['run', '--pool', 'p'],
  ['runs', 'ls'],
  ['runs', 'inspect'],
  ['pool', 'create', 'p', '--type', 'ecs'],
  ['pool', 'ls'],
  ['deployment', 'create', 'd', '--pool', 'p'],
  ['variable', 'set', 'v'],
  ['secret', 'set', 's'],
  ['config', 'show'],
  [],
] as const;
const KNOWN_CODES = 64;

export const commands = [
  property({
    name: 'command-lines',
    weight: 2,
    inputs: fc.record({ start: fc.constantFrom(...STARTS), more: fc.array(word, { maxLength: 6 }), typed: text }),
    async check({ start, more, typed }) {
      const words = [...start, ...more].filter(
        (each) => !['start', 'plugins', '--watch', '-w', '--follow', '-f'].includes(each),
      );
      if (words.join(' ').includes('--debug')) return;
      let told = '';
      const tell = (each: string): void => {
        told += each;
      };
      const code = await commandLine.executeCommandLine(words, {
        environment: { WORKER_HOST_HOME: join(folder, 'home'), PREFECT_HOME: folder },
        workingDirectory: folder,
        userHome: folder,
        platform: 'linux',
        nodeVersion: process.version,
        clock: systemClock,
        stdoutIsTerminal: false,
        stdinIsTerminal: false,
        stderrIsTerminal: false,
        columns: 100,
        rows: 24,
        out: tell,
        drained: async () => {},
        err: tell,
        readInput: async () => typed,
        prompt: async () => typed,
        promptHidden: async () => typed,
        onUnhandled: () => () => {},
        onExit: () => () => {},
        onStopSignal: () => () => {},
        onKey: () => () => {},
        onResize: () => () => {},
        outliveReaders: () => {},
        onWarning: () => {},
        exitNow: () => {},
      });
      must(Number.isInteger(code) && code >= 0 && code < KNOWN_CODES, `the exit code is one of ours: ${code}`);
      must(!told.includes('This is an unexpected error'), `every error has a code: ${told.slice(0, 500)}`);
    },
  }),
];
