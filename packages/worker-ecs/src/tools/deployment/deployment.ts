import { readFile } from 'node:fs/promises';
import { type DeploymentRequest, type DeploymentTool, TOKENS, type ToolContext } from '@worker-host/core';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { PACKAGE_FOLDER } from '../../package-folder.js';
import { SignedAwsQuery } from '../aws/signed-aws-query.js';
import { deploymentErrorOf } from './deployment-errors.js';
import { Stacks } from './stacks.js';

/** Templates of CloudFormation by kind, beside the package's sources. */
const TEMPLATES = new URL('templates/', PACKAGE_FOLDER);
const DEFAULT_NAMES: Readonly<Record<string, string>> = {
  service: 'worker-host-service',
  events: 'worker-host-events',
};

/** Deploys by CloudFormation, with the worker's own credentials. */
export const deployment: DeploymentTool = {
  kinds: Object.keys(DEFAULT_NAMES),
  template: (kind) => readFile(new URL(`${kind}.yaml`, TEMPLATES), 'utf8'),
  deploy: (request, context) =>
    withStacks(context, async (stacks) => {
      const { kind, isDryRun } = request;
      const name = request.name ?? DEFAULT_NAMES[kind] ?? kind;
      const template = await deployment.template(kind);
      const changes = await stacks.deploy({ name, kind, template, parameters: parametersOf(request) }, isDryRun);
      const deployed = (await stacks.list()).find((each) => each.name === name) ?? null;
      return { changes, deployed };
    }),
  list: (context) => withStacks(context, (stacks) => stacks.list()),
  delete: (name, context) => withStacks(context, (stacks) => stacks.delete(name)),
};

/** What the host knows goes below what was given. */
function parametersOf({ kind, worker, parameters }: DeploymentRequest): Readonly<Record<string, string>> {
  if (kind !== 'service') return parameters;
  return {
    ...(worker.pool === null ? {} : { PoolName: worker.pool }),
    ...(worker.prefectApiUrl === null ? {} : { PrefectApiUrl: worker.prefectApiUrl }),
    ...parameters,
  };
}

async function withStacks<T>({ container }: ToolContext, use: (stacks: Stacks) => Promise<T>): Promise<T> {
  const clock = container.resolve(TOKENS.Clock);
  const { environment } = container.resolve(TOKENS.WorkerOptions);
  const { region } = await container.resolve(ECS_TOKENS.AwsClients).clientsFor(null);
  const query = await SignedAwsQuery.open(null, region, { environment, clock });
  try {
    return await use(new Stacks(query, clock));
  } catch (error) {
    throw deploymentErrorOf(error);
  } finally {
    query.close();
  }
}
