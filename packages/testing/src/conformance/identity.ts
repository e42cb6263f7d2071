import assert from 'node:assert/strict';
import { type BaseWorker, buildBaseJobTemplate, isJsonObject } from '@worker-host/core';
import type { Area } from './area.js';
import type { Rule } from './rule.js';

const CAPABILITIES = ['canKill', 'canResume', 'canList'] as const;
const NOT_SUPPORTED = 'NOT_SUPPORTED_BY_WORKER';

/** Rules about the worker's type, capabilities and health. */
export function identityContract(area: Area, rule: Rule): void {
  rule('serves the type of its plugin', 'the host finds workers by the type of a pool.', async () => {
    const { type } = await area.worker();
    assert.equal(type, area.plugin.type, `the worker is of type '${type}', its plugin of '${area.plugin.type}'`);
  });

  rule(
    'declares each capability as true or false, the same in every worker',
    'the host relies on them, and a run can change its worker.',
    async () => {
      const [first, second] = [await area.worker(), area.world.createWorker()];
      for (const name of CAPABILITIES) {
        const value = first.capabilities[name];
        assert.equal(typeof value, 'boolean', `capabilities.${name} is ${value}`);
        assert.equal(second.capabilities[name], value, `capabilities.${name} differs between two workers`);
      }
    },
  );

  rule(
    'has the methods of the capabilities it declares, and refuses the others with NOT_SUPPORTED_BY_WORKER',
    'the host calls only declared methods, and relies on them.',
    async () => {
      const worker = await area.worker();
      for (const [capability, method, call] of abilitiesOf(area, worker)) {
        const failure = await area.failureOf(call(), `${method}()`);
        const isRefused = (failure?.reason as { code?: unknown } | null | undefined)?.code === NOT_SUPPORTED;
        const isDeclared = worker.capabilities[capability];
        const found = isRefused ? 'is refused' : 'is not refused';
        assert.equal(isRefused, !isDeclared, `${capability} is ${isDeclared}, and ${method}() ${found}`);
      }
    },
  );

  rule('reports its health', 'readiness and the page of the worker show it.', async () => {
    const { isHealthy, problems } = (await area.worker()).health();
    assert.equal(typeof isHealthy, 'boolean', `isHealthy is ${isHealthy}`);
    assert.ok(
      problems.every((line) => typeof line === 'string' && line !== ''),
      'a problem is not a string',
    );
    assert.equal(isHealthy, problems.length === 0, `isHealthy is ${isHealthy} with ${problems.length} problems`);
  });

  rule(
    'is ready when its infrastructure is reachable, and launches nothing to check it',
    'checkReady() and prewarm() are called at intervals, and no run is claimed while the worker is not ready.',
    async () => {
      const [worker, flowRun] = [await area.worker(), area.flowRun()];
      const configuration = area.configuration({ kind: 'held' }, flowRun);
      await area.settled(worker.checkReady(configuration), 'checkReady()');
      await area.failureOf(worker.prewarm(configuration), 'prewarm()');
      await area.assertLaunches(flowRun, 0);
    },
  );

  rule(
    'has a base job template whose fields are variables of its form or fixed values',
    'otherwise a pool with the template cannot render a run.',
    async () => {
      const { job_configuration: configuration, variables } = buildBaseJobTemplate(area.plugin);
      assert.ok(isJsonObject(configuration) && isJsonObject(variables) && isJsonObject(variables.properties));
      for (const [name, template] of Object.entries(configuration)) {
        const [, variable] = (typeof template === 'string' && /^\{\{ (\w+) \}\}$/.exec(template)) || [];
        const isKnown = variable === undefined || Object.hasOwn(variables.properties, variable);
        assert.ok(isKnown, `${name} refers to ${template}, which the form does not define`);
      }
    },
  );
}

function abilitiesOf(area: Area, worker: BaseWorker) {
  const flowRun = area.flowRun();
  const configuration = area.configuration({ kind: 'held' }, flowRun);
  const { unknownPid: pid } = area.world;
  const context = area.contextOf(flowRun);
  return [
    ['canKill', 'killInfrastructure', async () => await worker.killInfrastructure(pid, configuration, 0)],
    ['canResume', 'resume', async () => await worker.resume(pid, flowRun, configuration, context)],
    ['canList', 'listInfrastructure', async () => await worker.listInfrastructure([configuration], [])],
  ] as const;
}
