import { setTimeout as sleep } from 'node:timers/promises';
import { INVARIANTS } from './invariants.js';
import { planRound } from './plan.js';
import { SeededRandom } from './random.js';
import { World } from './world.js';

const LENGTH_MS = 12_000;
const LONGEST_REST_MS = 120_000;
const RUN_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

export interface RoundOutcome {
  readonly seed: number;
  readonly runs: number;
  readonly tasks: number;
  /** Names of the invariants that held. */
  readonly held: readonly string[];
  /** One text for each invariant that did not. */
  readonly breaches: readonly string[];
}

/** One world, one plan, one check. */
export async function playRound(
  seed: number,
  brokenPlugin: string | null,
  keepsFolder: boolean,
): Promise<RoundOutcome> {
  const random = new SeededRandom(seed);
  const steps = planRound(random, LENGTH_MS);
  const world = await World.start(seed, random, brokenPlugin);
  let hasFailed = true;
  try {
    const startedMs = Date.now();
    for (const { atMs, act } of steps) {
      await sleep(Math.max(0, startedMs + atMs - Date.now()));
      await world.act(act);
    }
    await world.comeToRest(LONGEST_REST_MS);
    const observed = await world.observe();
    const held: string[] = [];
    const breaches: string[] = [];
    for (const invariant of INVARIANTS) {
      const lines = invariant.check(observed);
      if (lines.length === 0) held.push(invariant.name);
      else breaches.push(`${invariant.name}:\n${(await explained(lines, world)).join('\n')}`);
    }
    hasFailed = breaches.length > 0;
    if (hasFailed) breaches.push(`What happened is kept in ${world.folder}`);
    return { seed, runs: observed.runs.length, tasks: observed.tasks.length, held, breaches };
  } finally {
    await world.end(keepsFolder || hasFailed);
  }
}

async function explained(lines: readonly string[], world: World): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const line of lines.slice(0, 5)) {
    const ids = new Set(line.match(RUN_ID) ?? []);
    const about: string[] = [];
    for (const id of ids) about.push(await world.explain(id).catch(() => ''));
    texts.push([`  ${line}`, ...about].filter((text) => text !== '').join('\n'));
  }
  return texts;
}
