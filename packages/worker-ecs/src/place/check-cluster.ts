import { LaunchRefused } from '@worker-host/core';
import type { AwsClients } from '../aws/aws-clients.js';
import { namedRegion } from '../aws/region.js';
import type { EcsAccountLookup } from '../ecs-parts.js';
import { clusterOf, type EcsRunConfiguration } from '../ecs-run-configuration.js';
import { clusterPlace } from './ecs-launch-place.js';

/** The ARN of the cluster contains another region or account than the credentials of the run. */
export class ClusterElsewhereError extends LaunchRefused {
  override readonly code = 'ECS_CLUSTER_ELSEWHERE';

  constructor(cluster: string, of: 'region' | 'account', named: string, given: string) {
    super(
      `The cluster is in ${of} ${named}, but aws_credentials are for ${of} ${given} [cluster=${cluster}]. Nothing was ` +
        `launched. Set a cluster of ${of} ${given}, or credentials for ${of} ${named}.`,
      { details: { cluster, [of]: named, given } },
    );
  }
}

/**
 * Rejects a cluster whose ARN contradicts the credentials: their region or their account. A region in the environment
 * is only a default; the cluster's takes precedence.
 *
 * @throws ClusterElsewhereError
 */
export async function checkCluster(
  configuration: EcsRunConfiguration,
  clients: AwsClients,
  accounts: EcsAccountLookup,
): Promise<void> {
  const cluster = clusterPlace(clusterOf(configuration) ?? '');
  if (cluster === null) return;
  const { region, account, clusterArn } = cluster;
  const given = namedRegion(configuration.awsCredentials, {});
  if (given !== null && given !== region) throw new ClusterElsewhereError(clusterArn, 'region', region, given);
  const own = await accounts.accountOf(clients);
  if (own !== null && own !== account) throw new ClusterElsewhereError(clusterArn, 'account', account, own);
}
