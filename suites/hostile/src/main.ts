import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SCENARIOS, type Scenario } from './scenarios.js';
import { World } from './world.js';

const HELP = `Usage: npx -y pnpm@10 hostile [--seconds N] [--scenario NAME] [--keep]

Runs a real worker with fifty good runs beside something hostile: a job's output, a template, messages of the queue, a
server. All good runs must end Completed, liveness must stay green, and the event loop must never be held up for 200 ms.

  --seconds N       how long the hostile part lasts (default 60)
  --scenario NAME   this one alone: ${SCENARIOS.map(({ name }) => name).join(', ')}
  --keep            keep the folders (those of failed scenarios are always kept)
`;

const GOOD_RUNS = 50;
const LONGEST_BLOCK_MS = 200;
const LONGEST_STOP_MS = 10_000;
const LONGEST_REST_MS = 180_000;

async function play(scenario: Scenario, seconds: number, keeps: boolean): Promise<readonly string[]> {
  const world = await World.start();
  const endsAtMs = Date.now() + seconds * 1000;
  const pauseMs = Math.min(500, (seconds * 1000) / GOOD_RUNS);
  const good = (async () => {
    for (let queued = 0; queued < GOOD_RUNS; queued += 1) {
      await world.queueGood();
      await sleep(pauseMs);
    }
  })();
  for (let round = 0; Date.now() < endsAtMs; round += 1) {
    await scenario.act(world, round);
    await sleep(scenario.everyMs);
  }
  await good;
  const wrong = await world.awaitGood(LONGEST_REST_MS);
  const { blockedMs, probes } = world.worker;
  const problems = [...wrong, ...probes.failed];
  if (blockedMs > LONGEST_BLOCK_MS) problems.push(`the event loop was held up for ${blockedMs} ms`);
  const stopMs = await world.end(keeps || problems.length > 0);
  if (stopMs > LONGEST_STOP_MS) problems.push(`SIGTERM took ${Math.round(stopMs)} ms`);
  console.log(
    `${scenario.name}: ${world.goodCount - wrong.length} of ${world.goodCount} good runs Completed, ` +
      `${probes.sent} probes, ${probes.failed.length} failed, event loop held up ${blockedMs} ms at most, ` +
      `stopped in ${(stopMs / 1000).toFixed(1)} s`,
  );
  for (const problem of problems.slice(0, 10)) console.log(`  ${problem}`);
  if (problems.length > 0) console.log(`  What happened is kept in ${world.folder}`);
  return problems;
}

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    seconds: { type: 'string', default: '60' },
    scenario: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(HELP);
else {
  const wanted = SCENARIOS.filter(({ name }) => values.scenario === undefined || name === values.scenario);
  let failed = 0;
  for (const scenario of wanted) {
    if ((await play(scenario, Number(values.seconds), values.keep)).length > 0) failed += 1;
  }
  console.log(`${wanted.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && wanted.length > 0 ? 0 : 1;
}
