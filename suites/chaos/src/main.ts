import { fileURLToPath } from 'node:url';
import { HELP, readOptions } from './options.js';
import { playRound } from './round.js';

const options = readOptions(process.argv.slice(2));
if (options === null) {
  console.log(HELP);
} else {
  const { minutes, seed, brokenPlugin, keepsFolders } = options;
  const plugin = brokenPlugin === null ? null : fileURLToPath(new URL(`../../broken/${brokenPlugin}`, import.meta.url));
  console.log(
    `Chaos with seed ${seed} for ${minutes} minutes${brokenPlugin === null ? '' : `, worker broken: ${brokenPlugin}`}`,
  );
  const endsAtMs = Date.now() + minutes * 60_000;
  let passed = 0;
  let failed = 0;
  for (let round = 0; round === 0 || Date.now() < endsAtMs; round += 1) {
    const startedMs = Date.now();
    const outcome = await playRound(seed + round, plugin, keepsFolders);
    const seconds = Math.round((Date.now() - startedMs) / 1000);
    passed += outcome.held.length;
    const breaches = outcome.breaches.slice(0, -1);
    failed += breaches.length;
    const verdict = breaches.length === 0 ? 'all invariants hold' : `${breaches.length} broken`;
    console.log(`seed ${outcome.seed}: ${outcome.runs} runs, ${outcome.tasks} tasks, ${verdict} (${seconds} s)`);
    for (const breach of outcome.breaches) console.log(breach);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
