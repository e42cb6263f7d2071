import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { play, type Tally } from './harness/play.js';
import type { Scenario } from './harness/scenario.js';
import { Servers } from './harness/servers.js';
import { PREFECT_PINS, type PrefectPin } from './python/pins.js';
import { PythonMissingError, pythonEnvironment } from './python/python-environment.js';
import { SCENARIOS } from './scenarios/index.js';

const USAGE = 'usage: interop [--prefect VERSION] [--keep] [PART OF A SCENARIO NAME…]';

interface Plan {
  readonly pin: PrefectPin;
  readonly scenarios: readonly Scenario[];
}

/** All scenarios on the newest version and the short list on the oldest; `--prefect` plays all on one version. */
function plansOf(version: string | null, words: readonly string[]): readonly Plan[] {
  const chosen = SCENARIOS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const [newest, oldest] = PREFECT_PINS;
  if (version === null) {
    const plans = [
      { pin: newest, scenarios: chosen },
      { pin: oldest, scenarios: chosen.filter(({ isForOldest }) => isForOldest) },
    ];
    return plans.filter(({ scenarios }) => scenarios.length > 0);
  }
  const pin = PREFECT_PINS.find((each) => each.version === version);
  if (!pin) throw new Error(`${USAGE}\nVERSION is one of ${PREFECT_PINS.map((each) => each.version).join(', ')}`);
  return [{ pin, scenarios: chosen }];
}

async function playPlan({ pin, scenarios }: Plan, root: string, say: (line: string) => void): Promise<Tally> {
  say(`Prefect ${pin.version}`);
  const python = await pythonEnvironment(say, pin);
  const folder = join(root, pin.version);
  const servers = new Servers(python, folder);
  try {
    return await play(scenarios, servers, folder, say);
  } finally {
    await servers.stop();
  }
}

async function main(): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const given = process.argv.slice(2).filter((argument) => argument !== '--' && argument !== '--keep');
  const at = given.indexOf('--prefect');
  const version = at < 0 ? null : (given.splice(at, 2)[1] ?? '');
  const plans = plansOf(version, given);
  const root = mkdtempSync(join(tmpdir(), 'worker-host-interop-'));
  const startedAt = Date.now();
  let passed = 0;
  let failed = 0;
  try {
    for (const plan of plans) {
      const tally = await playPlan(plan, root, say);
      passed += tally.passed;
      failed += tally.failed;
    }
    say(`took ${Math.round((Date.now() - startedAt) / 1000)} s`);
    say(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
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
