import { parseArn, taskIdOf } from '../aws/arn.js';
import type { EcsTaskDefinition } from '../aws/ecs-api.js';
import { type LogLocation, logLocation } from './logs/log-location.js';

/** Domains of the consoles, by partition. Partitions without an entry have consoles that are not public. */
const CONSOLE_DOMAINS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** Addresses in the AWS console: of a task, its cluster, and the stream of its output. Empty: none are known. */
export type ConsoleLinks = Readonly<Partial<Record<'task' | 'cluster' | 'logs', string>>>;

/**
 * The addresses of a task. None where calls go elsewhere than to AWS, so that no console shows it.
 *
 * @param definition null: not known here; then there is no address of its output.
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
 * Makes the addresses in the AWS console of a task.
 *
 * @param logs null: its output goes elsewhere, or it is not known where.
 */
export function consoleLinks(taskArn: string, logs: LogLocation | null): ConsoleLinks {
  const domain = CONSOLE_DOMAINS[taskArn.split(':')[1] ?? ''];
  const { region, resource } = parseArn(taskArn) ?? {};
  if (domain === undefined || !region || resource === undefined) return {};
  // The ARN of an account without the long format names no cluster.
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

/** The console decodes names in its fragments twice, and has `$` for `%`. */
function inFragment(name: string): string {
  return encodeURIComponent(encodeURIComponent(name)).replaceAll('%', '$');
}
