import type { BaseJobConfiguration } from '@worker-host/core';
import { abortContract } from './abort.js';
import { adoptionContract } from './adoption.js';
import { Area } from './area.js';
import { capacityContract } from './capacity.js';
import type { WorkerContractOptions } from './contract.js';
import { errorsContract } from './errors.js';
import { identityContract } from './identity.js';
import { killContract } from './kill.js';
import { launchContract } from './launch.js';
import { listContract } from './list.js';
import { outputContract } from './output.js';
import { resumeContract } from './resume.js';
import { type Rule, rulesOf } from './rule.js';
import { runContract } from './run.js';
import { teardownContract } from './teardown.js';

const AREAS: readonly (readonly [string, (area: Area, rule: Rule) => void])[] = [
  ['identity', identityContract],
  ['run', runContract],
  ['launch', launchContract],
  ['adoption', adoptionContract],
  ['capacity', capacityContract],
  ['abort', abortContract],
  ['kill', killContract],
  ['resume', resumeContract],
  ['list', listContract],
  ['output', outputContract],
  ['errors', errorsContract],
  ['teardown', teardownContract],
];

/**
 * Registers the tests that every worker type must pass. Tests are skipped if the worker does not declare the capability, or the
 * world lacks an optional member. A failure reports the broken rule, the finding and the reason for the rule; the failure of
 * any test also reports broken standing rules.
 */
export function workerContract<C extends BaseJobConfiguration>(options: WorkerContractOptions<C>): void {
  const { runner, plugin } = options;
  runner.describe(`worker contract: ${plugin.type}`, () => {
    for (const [name, register] of AREAS) {
      runner.describe(name, () => {
        const area = new Area(options as unknown as WorkerContractOptions);
        runner.before(() => area.begin());
        runner.after(() => area.end());
        register(area, rulesOf(area, name, runner));
      });
    }
  });
}
