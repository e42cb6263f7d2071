import { join } from 'node:path';
import { PATIENCE } from './checks.js';
import type { Scenario } from './scenario.js';
import type { Servers } from './servers.js';
import { World } from './world.js';

const AT_ONCE = 2;
/** For a scenario that hangs: its waits have their own limits, which report what did not happen. */
const DEFAULT_LIMIT_SECONDS = 300;

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs the scenarios, two at a time unless one is exclusive, and mostly waiting ones in addition; prints each outcome.
 * A failed one is repeated alone at the end, because concurrent real servers may have slowed it down; this is printed
 * with the first problem.
 */
export async function play(
  scenarios: readonly Scenario[],
  servers: Servers,
  root: string,
  say: (line: string) => void,
): Promise<Tally> {
  let passed = 0;
  let failed = 0;
  const again: Scenario[] = [];
  const playOne = async (scenario: Scenario): Promise<void> => {
    const skipped = scenario.skip?.() ?? null;
    if (skipped !== null) {
      say(`  - ${scenario.name} (left out: ${skipped})`);
      return;
    }
    const startedAt = Date.now();
    const isSecond = again.includes(scenario);
    const at = scenarios.indexOf(scenario) + (isSecond ? scenarios.length : 0);
    const problem = await outcomeOf(scenario, servers, root, at);
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    if (problem === null) {
      passed += 1;
      say(`  ✔ ${scenario.name} (${seconds} s${isSecond ? ', at the second try' : ''})`);
    } else if (isSecond) {
      failed += 1;
      say(`  ✘ ${scenario.name} (${seconds} s)\n${indent(problem)}`);
    } else {
      again.push(scenario);
      say(`  ↻ ${scenario.name} (${seconds} s); it is played again\n${indent(problem)}`);
    }
  };
  const together = scenarios.filter(({ isAlone, isIdle }) => !isAlone && !isIdle);
  const idle = scenarios.filter(({ isAlone, isIdle }) => !isAlone && isIdle);
  const lane = async (...queues: Scenario[][]): Promise<void> => {
    for (const queue of queues) for (let next = queue.shift(); next; next = queue.shift()) await playOne(next);
  };
  await Promise.all([lane(idle), ...Array.from({ length: AT_ONCE }, () => lane(together, idle))]);
  for (const scenario of scenarios.filter(({ isAlone }) => isAlone)) await playOne(scenario);
  for (const scenario of [...again]) await playOne(scenario);
  return { passed, failed };
}

async function outcomeOf(scenario: Scenario, servers: Servers, root: string, index: number): Promise<string | null> {
  const kind = scenario.server ?? 'plain';
  const limitSeconds = (scenario.limitSeconds ?? DEFAULT_LIMIT_SECONDS) * PATIENCE;
  const server = await servers.get(kind);
  const world = new World({
    python: servers.python,
    server,
    authString: servers.authString(kind),
    folder: join(root, `scenario-${index + 1}`),
    pool: `pool-${index + 1}`,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`took longer than ${limitSeconds} s`)), limitSeconds * 1000);
    });
    await Promise.race([scenario.play(world), limit]);
    return null;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${text}\n${world.diagnosis()}`;
  } finally {
    clearTimeout(timer);
    await world.close();
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '      ');
}
