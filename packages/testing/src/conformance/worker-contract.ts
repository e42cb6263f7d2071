import type { BaseJobConfiguration } from '@worker-host/core';
import { abortContract } from './abort.js';
import { Area } from './area.js';
import type { ContractRunner, WorkerContractOptions } from './contract.js';
import { errorsContract } from './errors.js';
import { identityContract } from './identity.js';
import { killContract } from './kill.js';
import { resumeContract } from './resume.js';
import { runContract } from './run.js';
import { teardownContract } from './teardown.js';

const AREAS: readonly (readonly [string, (area: Area, runner: ContractRunner) => void])[] = [
  ['identity', identityContract],
  ['run', runContract],
  ['abort', abortContract],
  ['kill', killContract],
  ['resume', resumeContract],
  ['teardown', teardownContract],
  ['errors', errorsContract],
];

/**
 * Registers the tests that every worker type has to pass. What is asked follows from the capabilities that the worker
 * declares.
 */
export function workerContract<C extends BaseJobConfiguration>(options: WorkerContractOptions<C>): void {
  const { runner, plugin } = options;
  runner.describe(`worker contract: ${plugin.type}`, () => {
    for (const [name, register] of AREAS) {
      runner.describe(name, () => {
        const area = new Area(options);
        runner.before(() => area.begin());
        runner.after(() => area.end());
        register(area as unknown as Area, runner);
      });
    }
  });
}
