import {
  type JsonObject,
  type LaunchPreview,
  type LogFields,
  type Logger,
  type PreviewedRequest,
  type PreviewRequest,
  silentLogger,
  type ToolContext,
} from '@worker-host/core';
import type { AwsClients } from '../aws/aws-clients.js';
import { AwsRegionMissingError } from '../aws/errors/access-errors.js';
import type { ECSJobConfiguration } from '../configuration/ecs-job-configuration.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import { canonicalTaskDefinition } from '../task-definition/compare-task-definitions.js';
import { linkedDefinition } from '../task-run/known-configuration.js';
import type { PreparedTaskRun } from '../task-run/launch-types.js';
import { MOST_OF_OVERRIDES } from '../task-run/rules/override-rules.js';
import { sizeOf } from '../task-run/rules/sized-parts.js';
import { objectOf } from '../task-run/rules/task-run-to-check.js';
import { jsonText } from '../utilities/json-text.js';
import { PreviewDefinitions } from './preview-definitions.js';
import { originsOfDefinition, originsOfTaskRun } from './preview-origins.js';

/** Used if no region is configured and no request is sent. */
const ANY_REGION = 'us-east-1';

/**
 * Returns the bodies of RegisterTaskDefinition and RunTask that a launch sends. The same parts create them as for a launch, so
 * they are the same bytes.
 */
export async function previewLaunch(request: PreviewRequest, context: ToolContext): Promise<LaunchPreview> {
  const { prepared, definitions, notes } = await planLaunch(request, context);
  const configuration = request.configuration as ECSJobConfiguration;
  const { proposed, registers } = definitions;
  return {
    requests: [
      ...(proposed !== null && registers ? [definitionRequest(proposed, configuration, definitions, request)] : []),
      taskRunRequest(prepared, configuration),
    ],
    notes: [...notes, ...notesOf(configuration, prepared, definitions, request.readsInfrastructure)],
  };
}

/** A launch as it would be sent. */
export interface LaunchPlan {
  readonly prepared: PreparedTaskRun;
  readonly definitions: PreviewDefinitions;
  /** Warnings of the preparation. */
  readonly notes: readonly string[];
}

/** Prepares a launch with the parts that prepare runs, without registering anything. */
export async function planLaunch(request: PreviewRequest, { container }: ToolContext): Promise<LaunchPlan> {
  const { flowRun, readsInfrastructure } = request;
  const configuration = request.configuration as ECSJobConfiguration;
  const parts = container.createChildContainer();
  const definitions = new PreviewDefinitions(
    readsInfrastructure ? container.resolve(ECS_TOKENS.DefinitionResolver) : null,
  );
  parts.registerInstance(ECS_TOKENS.DefinitionResolver, definitions);
  if (!readsInfrastructure) parts.registerInstance(ECS_TOKENS.NetworkResolver, { resolve: async () => null });
  const notes: string[] = [];
  const clients = await clientsOf(configuration, request, { container }, notes);
  const prepared = await parts.resolve(ECS_TOKENS.TaskRunPreparer).prepare(configuration, flowRun, clients, {
    signal: new AbortController().signal,
    logger: collectingLogger(notes),
    renew: false,
  });
  return { prepared, definitions, notes };
}

async function clientsOf(
  configuration: ECSJobConfiguration,
  { readsInfrastructure }: PreviewRequest,
  { container }: ToolContext,
  notes: string[],
): Promise<AwsClients> {
  const provider = container.resolve(ECS_TOKENS.AwsClients);
  const credentials = configuration.awsCredentials;
  try {
    return await provider.clientsFor(credentials);
  } catch (error) {
    if (readsInfrastructure || !(error instanceof AwsRegionMissingError)) throw error;
    notes.push(`No region is set; ${ANY_REGION} stands in for it. Set AWS_REGION, or region_name in aws_credentials.`);
    return provider.clientsFor(credentials, ANY_REGION);
  }
}

function definitionRequest(
  proposed: JsonObject,
  configuration: ECSJobConfiguration,
  { latest }: PreviewDefinitions,
  { readsInfrastructure }: PreviewRequest,
): PreviewedRequest {
  const name =
    latest === null ? `family ${jsonText(proposed.family)}` : jsonText(latest.taskDefinitionArn ?? latest.family);
  const current = latest === null ? null : canonicalTaskDefinition(latest);
  return {
    operation: 'RegisterTaskDefinition',
    body: proposed,
    origins: originsOfDefinition(proposed, configuration),
    sizes: [],
    ...(readsInfrastructure ? { comparison: { proposed: canonicalTaskDefinition(proposed), current, name } } : {}),
  };
}

function taskRunRequest(prepared: PreparedTaskRun, configuration: ECSJobConfiguration): PreviewedRequest {
  const { characters } = sizeOf(objectOf(prepared.request.overrides));
  return {
    operation: 'RunTask',
    body: prepared.request,
    origins: originsOfTaskRun(prepared.request, configuration, prepared.containerName),
    sizes: [{ what: 'overrides', value: characters, limit: MOST_OF_OVERRIDES, unit: 'characters' }],
  };
}

function notesOf(
  configuration: ECSJobConfiguration,
  { request, taskDefinition }: PreparedTaskRun,
  { proposed, registers }: PreviewDefinitions,
  reads: boolean,
): readonly string[] {
  const notes = [
    'RunTask is sent with a clientToken and a startedBy, which are derived from run, attempt and relaunch.',
  ];
  const linked = linkedDefinition(configuration);
  if (linked !== null && !reads)
    notes.push(`The task definition ${linked} was not read, so the request was not checked against it.`);
  if (!registers)
    notes.push(`${jsonText(taskDefinition.taskDefinitionArn)} equals the definition; none is registered.`);
  if (proposed !== null && !reads) notes.push('RunTask names the revision that is found or registered at the launch.');
  const isNetworkLeft = request.networkConfiguration === undefined && proposed?.networkMode === 'awsvpc';
  if (isNetworkLeft && !reads)
    notes.push(
      `networkConfiguration is found at the launch: the subnets of ${configuration.vpcId ?? 'the default VPC'}.`,
    );
  return notes;
}

/** Collects warnings of the preparation. */
function collectingLogger(notes: string[]): Logger {
  const warn = (message: string, fields: LogFields = {}): void => {
    const facts = Object.entries(fields).map(([name, value]) => `${name}=${jsonText(value)}`);
    notes.push(`${message}${facts.length > 0 ? ` [${facts.join(', ')}]` : ''}.`);
  };
  const logger: Logger = { ...silentLogger, warn, child: () => logger };
  return logger;
}
