import type { Finding } from '@worker-host/core';
import { awsErrorText, isUnanswered } from '../../aws/errors/aws-error-facts.js';
import { capacityOf, isForManagedInstances, isOfFargate, objectsIn, runsOnFargate } from '../../task-run/capacity.js';
import { type AwsQuery, listIn, objectIn, type QueryValues, textIn } from '../aws/aws-query.js';
import { clusterNameOf, type LaunchFacts } from '../launch-facts.js';
import { type CheckContext, checking, failed, ok, regionsWith } from './check-context.js';
import { checkInstances } from './instance-checks.js';

/** Checks that the cluster is there, and has what the launch asks it for. */
export function checkCluster({ facts, query, caller }: CheckContext): Promise<readonly Finding[]> {
  return checking('cluster', async () => {
    const { name, account } = clusterNameOf(facts);
    if (account !== null && caller.account !== '' && account !== caller.account) {
      const found = `Cluster '${name}' is in account ${account}, and the credentials are of account ${caller.account}.`;
      const fix = `Set assume_role_arn in aws_credentials of the pool to a role of account ${account}, or name a cluster of account ${caller.account}.`;
      return [failed('cluster', found, fix)];
    }
    let cluster: QueryValues | null;
    try {
      cluster = await clusterIn(query, name);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      const fix = 'Check the region (AWS_REGION), network, proxy (HTTPS_PROXY) and endpoint (AWS_ENDPOINT_URL).';
      return [failed('cluster', `ECS does not answer: ${awsErrorText(error)}.`, fix)];
    }
    if (cluster !== null && textIn(cluster, 'status') === 'ACTIVE')
      return [
        ok('cluster', `'${name}' is active in ${query.region}.`),
        ...(await capacityFindings({ facts, query, name, cluster })),
      ];
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

/** A cluster that is there. */
interface FoundCluster {
  readonly facts: LaunchFacts;
  readonly query: AwsQuery;
  readonly name: string;
  readonly cluster: QueryValues;
}

async function capacityFindings(found: FoundCluster): Promise<readonly Finding[]> {
  const { facts, name, cluster } = found;
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
  if (wanted.length > 0)
    return [ok('capacity', `The cluster has ${wanted.join(', ')}.`), ...(await checkProviders(wanted, found))];
  if (runsOnFargate(capacity)) return [ok('capacity', 'Launch type FARGATE, which needs no capacity provider.')];
  if (capacity.launchType !== undefined) return await instanceFindings(capacity.launchType, found);
  const byDefault = listIn(cluster, 'defaultCapacityProviderStrategy').map((each) => textIn(each, 'capacityProvider'));
  if (byDefault.length > 0)
    return [
      ok('capacity', `By the cluster's default strategy: ${byDefault.join(', ')}.`),
      ...(await checkProviders(byDefault, found)),
    ];
  // ECS places a task on EC2 instances where neither request nor cluster has anything else.
  if (!isForManagedInstances(facts.definition) && facts.request.launchType !== 'MANAGED_INSTANCES')
    return await instanceFindings('EC2', found);
  return [
    failed(
      'capacity',
      `The launch leaves the capacity to cluster '${name}', which has no default capacity provider strategy.`,
      'Set launch_type or capacity_provider_strategy, or give the cluster a default strategy.',
    ),
  ];
}

async function instanceFindings(
  launchType: string,
  { facts, query, name, cluster }: FoundCluster,
): Promise<readonly Finding[]> {
  const instances = Number(cluster.registeredContainerInstancesCount ?? 0);
  if (instances > 0)
    return [
      ok('capacity', `The cluster has ${instances} container ${instances === 1 ? 'instance' : 'instances'}.`),
      ...(await checkInstances({ facts, query, cluster: name, provider: null })),
    ];
  return [
    failed(
      'capacity',
      `The launch asks for launch type ${launchType}, and cluster '${name}' has no container instances.`,
      'Add instances to the cluster, or set launch_type to FARGATE.',
    ),
  ];
}

/** Checks that capacity providers can give instances: those that do not scale need some that are there. */
function checkProviders(names: readonly string[], { facts, query, name }: FoundCluster): Promise<readonly Finding[]> {
  const own = names.filter((provider) => !isOfFargate(provider));
  if (own.length === 0) return Promise.resolve([]);
  return checking('capacity providers', async () => {
    const answer = await query.call('ecs', 'DescribeCapacityProviders', { capacityProviders: own });
    const findings = listIn(answer, 'capacityProviders').map(async (provider) => {
      const id = textIn(provider, 'name');
      const status = textIn(provider, 'status');
      if (status !== 'ACTIVE') {
        const found = `Capacity provider ${id} is ${status}.`;
        return [failed('capacity', found, 'Use another one in capacity_provider_strategy, or create it again.')];
      }
      const group = objectIn(provider.autoScalingGroupProvider);
      const scales = textIn(group.managedScaling, 'status') === 'ENABLED';
      if (Object.keys(group).length === 0 || scales) return [];
      return await checkInstances({ facts, query, cluster: name, provider: id });
    });
    return (await Promise.all(findings)).flat();
  });
}
