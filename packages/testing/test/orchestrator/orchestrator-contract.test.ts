import { orchestratorContract } from '../../src/orchestrator-conformance/orchestrator-contract.js';
import { fakePoolWorld } from './fake-pool-world.js';

const runner = { describe, it, before, after };

for (const hostReportsStates of [true, false])
  for (const seesDeaths of [true, false])
    orchestratorContract({
      runner,
      name: `memory, hostReportsStates ${hostReportsStates}, seesDeaths ${seesDeaths}`,
      arrange: () => fakePoolWorld({ hostReportsStates, seesDeaths }),
    });
