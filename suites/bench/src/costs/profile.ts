import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flameGraph, timeByModule } from './flame-graph.js';
import { LaunchingWorker } from './launching-worker.js';

const RUNS = 200;
const SHOWN_MODULES = 25;

/**
 * Profiles a worker while it launches 200 runs: writes `launches.cpuprofile`, which browsers and editors open, and
 * `launches.svg`, a flame graph. Prints the modules that took the most time. A profile itself takes a third more processor time.
 */
export async function profileLaunches(folder: string): Promise<void> {
  const profile = await LaunchingWorker.during(async (worker) => {
    await worker.warmUp();
    await worker.process.startProfile();
    await worker.launch(RUNS);
    return await worker.process.endProfile();
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'launches.cpuprofile'), JSON.stringify(profile));
  writeFileSync(join(folder, 'launches.svg'), flameGraph(profile, `${RUNS} launches`));
  const modules = timeByModule(profile);
  const sum = [...modules.values()].reduce((total, ms) => total + ms, 0);
  console.log(`${(sum / RUNS).toFixed(2)} ms of the main thread for a run`);
  for (const [module, ms] of [...modules].slice(0, SHOWN_MODULES)) console.log(`${(ms / RUNS).toFixed(3)} ${module}`);
}
