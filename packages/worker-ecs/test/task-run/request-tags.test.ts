import type { JsonObject, PrepareContext } from '@worker-host/core';
import { expect } from 'chai';
import { checkTaskRun } from '../../src/task-run/check-task-run.js';
import { TaskRunRequestError } from '../../src/task-run/task-run-errors.js';
import { prepareTaskRunRequest } from '../../src/task-run/task-run-request.js';
import { aFlowRun } from '../support/builders.js';
import { renderConfiguration, type TemplateParts } from '../support/ecs-configurations.js';

const LONG = 'n'.repeat(300);

async function tagsOf(
  variables: JsonObject,
  names: { readonly run?: string; readonly flow?: string; readonly pool?: string } = {},
  parts: TemplateParts = {},
): Promise<readonly JsonObject[]> {
  const configuration = await renderConfiguration(variables, parts);
  configuration.prepareForFlowRun({
    flowRun: { ...aFlowRun(), name: names.run ?? 'run', json: {} },
    deployment: null,
    flow: { id: 'flow-1', name: names.flow ?? 'flow', tags: [], json: {} },
    workPool: { id: 'pool-1', name: names.pool ?? 'pool' },
    worker: { id: null, name: 'worker' },
    environment: {},
    workerEnvironment: {},
    prefectVersion: null,
    defaultCommand: null,
  } as PrepareContext);
  const taskDefinition = { containerDefinitions: [{ name: 'prefect' }] };
  const request = prepareTaskRunRequest(configuration, {
    taskDefinition,
    taskDefinitionArn: 'arn',
    networkConfiguration: null,
    isNewlyRegistered: false,
  });
  checkTaskRun({ request, taskDefinition, configuration }, [], []);
  return request.tags as readonly JsonObject[];
}

const valueOfTag = (tags: readonly JsonObject[], wanted: string) => tags.find(({ key }) => key === wanted)?.value;

describe('the tags of a task', () => {
  it("truncate the worker's own labels to what AWS accepts", async () => {
    const tags = await tagsOf({}, { run: LONG, flow: `${'f'.repeat(255)}éx`, pool: LONG });

    expect(valueOfTag(tags, 'prefect.io/flow-run-name')).to.equal('n'.repeat(256));
    expect(valueOfTag(tags, 'prefect.io/flow-name')).to.equal(`${'f'.repeat(255)}-`);
    expect(valueOfTag(tags, 'prefect.io/work-pool-name')).to.equal('n'.repeat(256));
  });

  it("never change a user's own label, even if it replaces one of the worker's", async () => {
    for (const name of ['team', 'prefect.io/flow-name']) {
      const refusal = await tagsOf({ labels: { [name]: LONG } }).catch((error: unknown) => error);

      expect(refusal).to.be.instanceOf(TaskRunRequestError);
      expect((refusal as TaskRunRequestError).problems.map(({ path }) => path)).to.deep.equal([`labels.${name}`]);
    }
  });

  it('can have no value', async () => {
    const tags = await tagsOf({}, {}, { taskRunRequest: { tags: [{ key: 'alone' }, { key: 'none', value: null }] } });

    expect(tags).to.deep.include({ key: 'alone' });
    expect(tags.map(({ key }) => key)).not.to.include('none');
  });
});
