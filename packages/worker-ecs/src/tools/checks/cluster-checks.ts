import type { Finding } from '@worker-host/core';
import { awsErrorText, isUnanswered } from '../../aws/errors/aws-error-facts.js';
import { capacityOf, objectsIn, runsOnFargate } from '../../task-run/capacity.js';
import { type AwsQuery, listIn, objectIn, type QueryValues, textIn } from '../aws/aws-query.js';
import { clusterNameOf, type LaunchFacts } from '../launch-facts.js';
import { type CheckContext, checking, failed, ok, regionsWith } from './check-context.js';

/** Checks that the cluster is there, and has what the launch asks it for. */
export function checkCluster({ facts, query, caller }: CheckContext): Promise<readonly Finding[]> {
  return checking('cluster', async () => {
    const { name } = clusterNameOf(facts);
    let cluster: QueryValues | null;
    try {
      cluster = await clusterIn(query, name);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      const fix = 'Check the region (AWS_REGION), network, proxy (HTTPS_PROXY) and endpoint (AWS_ENDPOINT_URL).';
      return [failed('cluster', `ECS does not answer: ${awsErrorText(error)}.`, fix)];
    }
    if (cluster !== null && textIn(cluster, 'status') === 'ACTIVE')
      return [ok('cluster', `'${name}' is active in ${query.region}.`), ...capacityFindings(facts, name, cluster)];
    const elsewhere = await regionsWith(query, async (there) => {
      const other = await clusterIn(there, name);
      return other !== null && textIn(other, 'status') === 'ACTIVE';
    });
    const make = `aws ecs create-cluster --cluster-name ${name} --region ${query.region}`;
    const found = `Cluster '${name}' does not exist in ${query.region}${caller.account ? ` of account ${caller.account}` : ''}`;
    if (elsewhere.length === 0) return [failed('cluster', `${found}.`, `Choose another cluster, or run: ${make}`)];
    const [first] = elsewhere;
    return [
      failed(
        'cluster',
        `${found}; it exists in ${elsewhere.join(', ')}.`,
        `Set AWS_REGION=${first}, or region_name in aws_credentials of the pool; or run: ${make}`,
      ),
    ];
  });
}

async function clusterIn(query: AwsQuery, name: string): Promise<QueryValues | null> {
  const [cluster] = listIn(await query.call('ecs', 'DescribeClusters', { clusters: [name] }), 'clusters');
  return cluster ?? null;
}

function capacityFindings(facts: LaunchFacts, name: string, cluster: QueryValues): readonly Finding[] {
  const capacity = capacityOf(facts.request, facts.definition);
  const providers = (cluster.capacityProviders ?? []) as readonly string[];
  const wanted = objectsIn(facts.request.capacityProviderStrategy).map(({ capacityProvider }) =>
    String(capacityProvider),
  );
  const missing = wanted.filter((provider) => !providers.includes(provider));
  if (missing.length > 0)
    return [
      failed(
        'capacity',
        `The launch asks for ${missing.join(', ')}, which cluster '${name}' does not have; it has ${providers.join(', ') || 'no capacity provider'}.`,
        `Use one of the cluster's providers in capacity_provider_strategy, or run: aws ecs put-cluster-capacity-providers --cluster ${name} ` +
          `--capacity-providers ${[...providers, ...missing].join(' ')} --default-capacity-provider-strategy capacityProvider=${providers[0] ?? missing[0]}`,
      ),
    ];
  if (wanted.length > 0) return [ok('capacity', `The cluster has ${wanted.join(', ')}.`)];
  if (runsOnFargate(capacity)) return [ok('capacity', 'Launch type FARGATE, which needs no capacity provider.')];
  return [...launchTypeFindings(capacity.launchType, name, cluster)];
}

function launchTypeFindings(launchType: string | undefined, name: string, cluster: QueryValues): readonly Finding[] {
  const instances = Number(cluster.registeredContainerInstancesCount ?? 0);
  if (launchType === 'EC2')
    return instances > 0
      ? [ok('capacity', `The cluster has ${instances} container ${instances === 1 ? 'instance' : 'instances'}.`)]
      : [
          failed(
            'capacity',
            `The launch asks for launch type EC2, and cluster '${name}' has no container instances.`,
            'Add instances to the cluster, or set launch_type to FARGATE.',
          ),
        ];
  const strategy = listIn(objectIn(cluster), 'defaultCapacityProviderStrategy');
  if (strategy.length > 0)
    return [
      ok(
        'capacity',
        `By the cluster's default strategy: ${strategy.map((each) => textIn(each, 'capacityProvider')).join(', ')}.`,
      ),
    ];
  return [
    failed(
      'capacity',
      `The launch leaves the capacity to cluster '${name}', which has no default capacity provider strategy.`,
      'Set launch_type or capacity_provider_strategy, or give the cluster a default strategy.',
    ),
  ];
}
