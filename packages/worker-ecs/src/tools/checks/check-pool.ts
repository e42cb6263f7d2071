import { type CheckRequest, type Finding, isWorkerError, TOKENS, type ToolContext } from '@worker-host/core';
import { accessDenialOf } from '../../aws/errors/access-denial.js';
import { awsErrorText, isAwsError, isUnanswered } from '../../aws/errors/aws-error-facts.js';
import type { ECSJobConfiguration } from '../../configuration/ecs-job-configuration.js';
import { type EcsSettings, readEcsSettings } from '../../ecs-settings.js';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { linkedDefinition } from '../../task-run/known-configuration.js';
import { SignedAwsQuery } from '../aws/signed-aws-query.js';
import { clusterNameOf, type LaunchFacts, partitionOf } from '../launch-facts.js';
import { planLaunch } from '../preview-launch.js';
import { checkClock, checkIdentity } from './access-checks.js';
import { type CheckContext, checking, failed, ok } from './check-context.js';
import { checkCluster } from './cluster-checks.js';
import { checkEvents } from './event-checks.js';
import { checkNetwork } from './network-checks.js';
import { checkImages, checkLogGroups } from './output-checks.js';
import { checkQuotas } from './quota-checks.js';
import { checkRights, checkRightsOfRoles } from './rights-checks.js';
import { checkRoles } from './role-checks.js';
import { checkSecrets } from './secret-checks.js';

/** Checks all that the runs of a pool need of AWS. Reads only. */
export function checkPool(request: CheckRequest, tool: ToolContext): Promise<readonly Finding[]> {
  const clock = tool.container.resolve(TOKENS.Clock);
  return withCheckContext(request, tool, async (context) => {
    const sections = await Promise.all([
      checkCluster(context),
      checkRoles(context),
      checkRights(context),
      checkRightsOfRoles(context),
      checkNetwork(context),
      checkLogGroups(context),
      checkImages(context),
      checkSecrets(context),
      checkEvents(context),
      checkQuotas(context, clock),
    ]);
    return sections.flat();
  });
}

/** Checks whether worker and roles may do what the pool takes. Reads only. */
export function checkPermissions(request: CheckRequest, tool: ToolContext): Promise<readonly Finding[]> {
  return withCheckContext(request, tool, async (context) => {
    const sections = [checkRights(context), checkRightsOfRoles(context)];
    return (await Promise.all(sections)).flat();
  });
}

/** Makes checks with all they need; what is found on the way there comes before what they find. */
async function withCheckContext(
  request: CheckRequest,
  tool: ToolContext,
  check: (context: CheckContext) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const { container } = tool;
  const configuration = request.configuration as ECSJobConfiguration;
  const { environment, workPoolName: pool } = container.resolve(TOKENS.WorkerOptions);
  const clock = container.resolve(TOKENS.Clock);
  let settings: EcsSettings;
  try {
    settings = readEcsSettings(environment);
  } catch (error) {
    return [failed('settings', messageOf(error), 'Correct them; worker-host config show lists all settings.')];
  }
  const { region: ofCluster } = clusterNameOf({ configuration, request: {}, definition: {}, isLinked: false });
  const provider = container.resolve(ECS_TOKENS.AwsClients);
  const clients = await provider.clientsFor(configuration.awsCredentials, ofCluster).catch((error: unknown) => error);
  if (!isClients(clients)) return [failed('region', messageOf(clients), 'Set AWS_REGION.')];
  const query = await SignedAwsQuery.open(configuration.awsCredentials, clients.region, { environment, clock });
  try {
    const { findings, caller } = await checkIdentity(query, profileOf(configuration, environment));
    const known = [...findings, ...checkClock(query)];
    if (caller === null) return known;
    const planned = await planOf(request, tool);
    const partition = partitionOf(clients.region);
    const context: CheckContext = { facts: planned.facts, settings, query, clients, caller, partition, pool };
    return [...known, ...planned.findings, ...(await check(context))];
  } finally {
    query.close();
  }
}

function profileOf(
  { awsCredentials }: ECSJobConfiguration,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  return awsCredentials?.profileName || environment.AWS_PROFILE || null;
}

/** The launch as far as it can be prepared, and what is wrong with it. */
async function planOf(
  request: CheckRequest,
  tool: ToolContext,
): Promise<{ readonly facts: LaunchFacts; readonly findings: readonly Finding[] }> {
  const configuration = request.configuration as ECSJobConfiguration;
  const isLinked = linkedDefinition(configuration) !== null;
  const plan = async (readsInfrastructure: boolean): Promise<LaunchFacts> => {
    const { prepared, definitions } = await planLaunch({ ...request, readsInfrastructure }, tool);
    const definition = definitions.proposed ?? prepared.taskDefinition;
    return { configuration, request: prepared.request, definition, isLinked };
  };
  const check = 'job configuration';
  try {
    return {
      facts: await plan(true),
      findings: [ok(check, 'A run without job variables of its own can be launched.')],
    };
  } catch (error) {
    const found = isOfAws(error)
      ? await checking(check, () => Promise.reject(error))
      : [failed(check, messageOf(error), 'Correct the base job template, or fix the cause that the message names.')];
    const { taskRunRequest, taskDefinition } = configuration;
    const written = { configuration, request: taskRunRequest, definition: taskDefinition, isLinked };
    return { facts: await plan(false).catch(() => written), findings: found };
  }
}

/** What AWS does not answer, or does not let these credentials see, is no fault of the configuration. */
function isOfAws(error: unknown): boolean {
  return !isWorkerError(error) && (isUnanswered(error) || accessDenialOf(error) !== null);
}

function isClients(value: unknown): value is CheckContext['clients'] {
  return typeof value === 'object' && value !== null && 'ecs' in value;
}

function messageOf(error: unknown): string {
  if (isWorkerError(error)) return error.message;
  return isAwsError(error) ? awsErrorText(error) : String(error);
}
