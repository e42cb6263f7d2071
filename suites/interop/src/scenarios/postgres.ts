import { checkEqual } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS } from '../harness/world.js';
import { postgresPrograms } from '../server/postgres-cluster.js';

export const onPostgres: Scenario = {
  name: 'on a server with PostgreSQL thirty runs complete, each in one task',
  server: 'postgres',
  skip: () => (postgresPrograms() === null ? 'PostgreSQL is not installed' : null),
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws);
    await world.online('w1', worker);
    const deployment = await world.deployCommand(`python3 -S ${FLOWS}light_engine.py 0`);

    const runs = await Promise.all(Array.from({ length: 30 }, () => world.run(deployment)));
    for (const run of runs) await world.state(run, 'COMPLETED', 90);

    for (const run of runs) checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
  },
};
