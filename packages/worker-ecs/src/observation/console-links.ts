import { parseArn, taskIdOf } from '../aws/arn.js';
import type { EcsTaskDefinition } from '../aws/ecs-api.js';
import { type LogLocation, logLocation } from './logs/log-location.js';

/** Domains of the consoles, by partition. Partitions without an entry have consoles that are not public. */
const CONSOLE_DOMAINS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** Links to the AWS console: of a task, its cluster, and its log stream. Empty: unknown. */
export type ConsoleLinks = Readonly<Partial<Record<'task' | 'cluster' | 'logs', string>>>;

/**
 * Returns the links of a task. None if calls go to another endpoint than AWS, because no console shows the task.
 *
 * @param definition null: unknown, so there is no link to its output.
 */
export function linksOfTask(
  taskArn: string,
  definition: EcsTaskDefinition | null,
  containerName: string | null,
  { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_ECS }: Readonly<Record<string, string | undefined>>,
): ConsoleLinks {
  if (AWS_ENDPOINT_URL || AWS_ENDPOINT_URL_ECS) return {};
  return consoleLinks(taskArn, definition && logLocation(definition, containerName, taskArn));
}

/**
 * Builds the links to a task in the AWS console.
 *
 * @param logs null: the output goes elsewhere, or its location is unknown.
 */
export function consoleLinks(taskArn: string, logs: LogLocation | null): ConsoleLinks {
  const domain = CONSOLE_DOMAINS[taskArn.split(':')[1] ?? ''];
  const { region, resource } = parseArn(taskArn) ?? {};
  if (domain === undefined || !region || resource === undefined) return {};
  // A task ARN in the short format does not contain the cluster.
  const cluster = /^task\/([^/]+)\/[^/]+$/.exec(resource)?.[1];
  const home = (place: string): string => `https://${place}.${domain}`;
  const clusterUrl = cluster && `${home(region)}/ecs/v2/clusters/${encodeURIComponent(cluster)}`;
  const logsRegion = logs?.region ?? region;
  return {
    ...(clusterUrl && {
      task: `${clusterUrl}/tasks/${encodeURIComponent(taskIdOf(taskArn))}/configuration?region=${region}`,
      cluster: `${clusterUrl}/services?region=${region}`,
    }),
    ...(logs && {
      logs: `${home(logsRegion)}/cloudwatch/home?region=${logsRegion}#logsV2:log-groups/log-group/${inFragment(logs.group)}/log-events/${inFragment(logs.stream)}`,
    }),
  };
}

/** Encodes a name for the fragment of a console URL: it is decoded twice, and uses `$` instead of `%`. */
function inFragment(name: string): string {
  return encodeURIComponent(encodeURIComponent(name)).replaceAll('%', '$');
}
