import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const FILES = fileURLToPath(new URL('runners/', import.meta.url));
const binaryOf = (name: string, path: string): string =>
  join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path);

/** How an author runs the contract, and what the runner prints. */
const RUNNERS = [
  {
    name: 'mocha',
    command: [binaryOf('mocha', 'bin/mocha.js'), '--no-config', join(FILES, 'mocha.js')],
    passed: /^ {2}\d\d passing/m,
    skipped: /^ {2}2 pending/m,
  },
  {
    name: 'vitest',
    command: [binaryOf('vitest', 'vitest.mjs'), 'run', '--root', FILES],
    passed: /Tests +\d\d passed \| 2 skipped/,
    skipped: /2 skipped/,
  },
  {
    name: 'node:test',
    command: ['--test', '--test-reporter=tap', join(FILES, 'node-test.js')],
    passed: /^# pass \d\d$/m,
    skipped: /^# skipped 2$/m,
  },
];

describe('workerContract under', () => {
  for (const { name, command, passed, skipped } of RUNNERS) {
    const run = (worker: string) => {
      const env = { ...process.env, CONTRACT_WORKER: worker, NO_COLOR: '1', FORCE_COLOR: undefined };
      return spawnSync(process.execPath, command, { encoding: 'utf8', cwd: FILES, env });
    };

    it(`${name} passes a conforming worker, and shows skipped tests`, () => {
      const { stdout, stderr, status } = run('sound');

      expect(status, stdout + stderr).to.equal(0);
      expect(stdout).to.match(passed).and.match(skipped);
    });

    it(`${name} fails a broken worker, and shows the rule and the reason`, () => {
      const { stdout, stderr, status } = run('broken');

      expect(status).not.to.equal(0);
      expect(stdout + stderr).to.include('breaks the rule "always: handles every promise it creates"');
      expect(stdout + stderr).to.include('Why it matters: an unhandled rejection ends');
    });
  }
});
