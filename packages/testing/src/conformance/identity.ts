import assert from 'node:assert/strict';
import { buildBaseJobTemplate, isJsonObject } from '@worker-host/core';
import type { Area } from './area.js';
import type { ContractRunner } from './contract.js';

/** Who the worker is, and what it says it can do. */
export function identityContract(area: Area, { it }: ContractRunner): void {
  it('serves the type of its plugin', async () => {
    const { type } = await area.worker();
    assert.equal(type, area.plugin.type);
  });

  it('declares each capability as true or false', async () => {
    const { capabilities } = await area.worker();
    for (const name of ['canKill', 'canResume', 'canList'] as const)
      assert.equal(typeof capabilities[name], 'boolean', name);
  });

  it('has the methods of the capabilities it declares, and refuses the others with NOT_SUPPORTED_BY_WORKER', async () => {
    const worker = await area.worker();
    const flowRun = area.flowRun();
    const configuration = area.world.configurationFor({ kind: 'held' }, flowRun.id);
    const pid = area.world.unknownPid;
    const abilities = [
      ['canKill', () => worker.killInfrastructure(pid, configuration, 0)],
      ['canResume', () => worker.resume(pid, flowRun, configuration, area.contextOf(flowRun))],
      ['canList', () => worker.listInfrastructure([configuration], [])],
    ] as const;
    for (const [capability, call] of abilities) {
      const reason: unknown = await area.settled(
        call().then(
          () => null,
          (error: unknown) => error,
        ),
      );
      const isRefused = (reason as { code?: unknown } | null)?.code === 'NOT_SUPPORTED_BY_WORKER';
      assert.equal(isRefused, !worker.capabilities[capability], `${capability} and what its method does must agree`);
    }
  });

  it('says how it is', async () => {
    const worker = await area.worker();
    const { isHealthy, problems } = worker.health();
    assert.equal(typeof isHealthy, 'boolean');
    assert.equal(isHealthy, problems.length === 0, 'healthy means without problems');
  });

  it('is ready where its infrastructure can be reached', async () => {
    const worker = await area.worker();
    await area.settled(worker.checkReady(area.world.configurationFor({ kind: 'held' }, area.flowRun().id)));
  });

  it('has a base job template whose every field is a variable of its form or fixed', async () => {
    const { job_configuration: configuration, variables } = buildBaseJobTemplate(area.plugin);
    assert.ok(isJsonObject(configuration) && isJsonObject(variables) && isJsonObject(variables.properties));
    for (const [name, template] of Object.entries(configuration)) {
      const [, variable] = (typeof template === 'string' && /^\{\{ (\w+) \}\}$/.exec(template)) || [];
      const isKnown = variable === undefined || Object.hasOwn(variables.properties, variable);
      assert.ok(isKnown, `${name} refers to ${template}, which the form does not have`);
    }
  });
}
