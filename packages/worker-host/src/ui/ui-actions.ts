import type { Administration } from '../orchestrators/embedded/administration-types.js';
import { arrayOf } from '../orchestrators/embedded/runs/run-arrays.js';

/** Actions on the page. Each takes the name or id of its object; null: there is no such action. */
export async function act(administration: Administration, action: string, name: string): Promise<unknown> {
  switch (action) {
    case 'cancel-run':
      return { state: (await administration.cancelFlowRun(name)).name };
    case 'run-again':
      return await runAgain(administration, name);
    case 'pause-pool':
    case 'resume-pool':
      await administration.updateWorkPool(name, { isPaused: action === 'pause-pool' });
      return {};
    case 'pause-deployment':
    case 'resume-deployment':
      await administration.updateDeployment(name, { isPaused: action === 'pause-deployment' });
      return {};
    default:
      return null;
  }
}

/** Creates a new run of the same deployment or pool, with the same job variables, parameters and tags. */
async function runAgain(administration: Administration, id: string) {
  const { flowRun, deploymentName } = await administration.readRun(id);
  const again = await administration.createFlowRun({
    deploymentName,
    workPoolName: deploymentName === null ? flowRun.workPoolName : null,
    workQueueName: flowRun.workQueueName,
    name: null,
    jobVariables: flowRun.jobVariables,
    parameters: flowRun.parameters,
    tags: flowRun.tags,
    idempotencyKey: null,
    scheduledForMs: null,
    array: arrayOf(flowRun),
  });
  return { id: again.id, name: again.name };
}
