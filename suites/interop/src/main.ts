import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { play } from './harness/play.js';
import { Servers } from './harness/servers.js';
import { PythonMissingError, pythonEnvironment } from './python/python-environment.js';
import { SCENARIOS } from './scenarios/index.js';

/** Plays all scenarios, or those whose name contains an argument. `--keep` keeps the logs. */
async function main(): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const words = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  const chosen = SCENARIOS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const root = mkdtempSync(join(tmpdir(), 'worker-host-interop-'));
  const startedAt = Date.now();
  try {
    const python = await pythonEnvironment(say);
    const servers = new Servers(python, root);
    try {
      const { passed, failed } = await play(chosen, servers, root, say);
      say(`took ${Math.round((Date.now() - startedAt) / 1000)} s`);
      say(`${passed} passed, ${failed} failed`);
      return failed === 0 ? 0 : 1;
    } finally {
      await servers.stop();
    }
  } catch (error) {
    if (!(error instanceof PythonMissingError)) throw error;
    if (process.env.CI === 'true') {
      say(`The interop suite needs Python: ${error.message}`);
      return 1;
    }
    say(`SKIPPED: the interop suite needs Python: ${error.message}`);
    say('0 passed, 0 failed');
    return 0;
  } finally {
    if (process.argv.includes('--keep')) say(`logs: ${root}`);
    else rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

process.exitCode = await main();
