import type { Finding } from '@worker-host/core';
import { type AwsQuery, listIn, type QueryValues, textIn } from '../aws/aws-query.js';
import { ecrImageOf, imagesOf, type LaunchFacts, logGroupsOf, networkOf } from '../launch-facts.js';
import { type CheckContext, checking, failed, isNamed, ok, warning } from './check-context.js';

/** A subnet's way out. */
type Way = 'internet' | 'nat' | 'other' | 'none';

/** Checks the network of tasks: subnets, security groups, and that a task reaches registry and logs. */
export function checkNetwork(context: CheckContext): Promise<readonly Finding[]> {
  const { facts, query } = context;
  return checking('network', async () => {
    const network = networkOf(facts);
    if (network === null) return [ok('network', 'The task has the network of its instance.')];
    const { subnets: names, hasPublicIp } = network;
    let subnets: readonly QueryValues[];
    try {
      subnets = listIn(await query.call('ec2', 'DescribeSubnets', { SubnetId: names }), 'subnetSet');
    } catch (error) {
      if (!isNamed(error, 'NotFound', 'InvalidSubnetID.NotFound')) throw error;
      return [
        failed('subnets', `${(error as Error).message}.`, `Name subnets of ${query.region} in network_configuration.`),
      ];
    }
    const vpcs = [...new Set(subnets.map((subnet) => textIn(subnet, 'vpcId')))];
    const ways = await Promise.all(subnets.map(async (subnet) => [subnet, await wayOutOf(subnet, query)] as const));
    const [vpc = ''] = vpcs;
    return [
      ...subnetFindings(subnets),
      ...(await wayFindings(ways, { facts, query, vpc, hasPublicIp })),
      ...(await groupFindings(network.securityGroups, vpc, query)),
    ];
  });
}

function subnetFindings(subnets: readonly QueryValues[]): readonly Finding[] {
  const full = subnets.filter((subnet) => Number(textIn(subnet, 'availableIpAddressCount')) === 0);
  const zones = new Set(subnets.map((subnet) => textIn(subnet, 'availabilityZone')));
  const ids = full.map((subnet) => textIn(subnet, 'subnetId')).join(', ');
  if (full.length === subnets.length)
    return [failed('subnets', `No address is free in ${ids}.`, 'Name other subnets.')];
  if (full.length > 0)
    return [warning('subnets', `No address is free in ${ids}.`, 'Leave these subnets out, or name others.')];
  return [
    ok(
      'subnets',
      `${subnets.length} in ${zones.size} ${zones.size === 1 ? 'zone' : 'zones'}, all with free addresses.`,
    ),
  ];
}

/** By the subnet's own route table, else the main one of its VPC. */
async function wayOutOf(subnet: QueryValues, query: AwsQuery): Promise<Way> {
  const own = await routesBy('association.subnet-id', textIn(subnet, 'subnetId'), query);
  const routes = own ?? (await routesBy('vpc-id', textIn(subnet, 'vpcId'), query, 'association.main')) ?? [];
  const out = routes.find((route) => textIn(route, 'destinationCidrBlock') === '0.0.0.0/0');
  if (out === undefined || textIn(out, 'state') === 'blackhole') return 'none';
  if (textIn(out, 'gatewayId').startsWith('igw-')) return 'internet';
  return textIn(out, 'natGatewayId') === '' ? 'other' : 'nat';
}

async function routesBy(
  filter: string,
  value: string,
  query: AwsQuery,
  isTrue?: string,
): Promise<readonly QueryValues[] | null> {
  const filters = [{ Name: filter, Value: [value] }, ...(isTrue ? [{ Name: isTrue, Value: ['true'] }] : [])];
  const [table] = listIn(await query.call('ec2', 'DescribeRouteTables', { Filter: filters }), 'routeTableSet');
  return table === undefined ? null : listIn(table, 'routeSet');
}

interface WayOut {
  readonly facts: LaunchFacts;
  readonly query: AwsQuery;
  readonly vpc: string;
  readonly hasPublicIp: boolean;
}

async function wayFindings(
  ways: readonly (readonly [QueryValues, Way])[],
  { facts, query, vpc, hasPublicIp }: WayOut,
): Promise<readonly Finding[]> {
  const closed = ways.filter(([, way]) => way === 'none' || (way === 'internet' && !hasPublicIp));
  if (closed.length === 0) {
    const leads = new Set(ways.map(([, way]) => way));
    const by = leads.has('internet')
      ? 'an internet gateway, with public addresses'
      : leads.has('nat')
        ? 'a NAT gateway'
        : 'a gateway';
    return [ok('route', `Tasks reach the internet by ${by}.`)];
  }
  const ids = closed.map(([subnet]) => textIn(subnet, 'subnetId')).join(', ');
  const noAddress = closed.filter(([, way]) => way === 'internet');
  if (noAddress.length === closed.length)
    return [
      failed(
        'route',
        `${ids} lead to an internet gateway, which tasks without a public address cannot use.`,
        'Set assignPublicIp to ENABLED in network_configuration, or name subnets with a NAT gateway.',
      ),
    ];
  const needed = endpointsFor(facts, query.region);
  const have = listIn(
    await query.call('ec2', 'DescribeVpcEndpoints', { Filter: [{ Name: 'vpc-id', Value: [vpc] }] }),
    'vpcEndpointSet',
  ).map((endpoint) => textIn(endpoint, 'serviceName'));
  const missing = needed.services.filter((service) => !have.includes(service));
  if (missing.length === 0 && needed.outside.length === 0)
    return [ok('route', `No route to the internet, and endpoints for all that is needed: ${have.join(', ')}.`)];
  return [
    failed(
      'route',
      `${ids} have no route to the internet, so that tasks do not reach ${[...missing, ...needed.outside].join(', ')}.`,
      [
        'Add a NAT gateway and a route 0.0.0.0/0 to it, or name other subnets',
        ...(missing.length === 0
          ? []
          : [`or add endpoints: ${missing.map((service) => endpointCommand(service, vpc)).join('; ')}`]),
      ].join('; '),
    ),
  ];
}

/** What ECS itself must reach to start a task, and what no endpoint leads to. */
function endpointsFor(
  facts: LaunchFacts,
  region: string,
): { readonly services: readonly string[]; readonly outside: readonly string[] } {
  const images = imagesOf(facts);
  const ofEcr = images.filter((image) => ecrImageOf(image) !== null);
  const services = [
    ...(ofEcr.length > 0 ? ['ecr.api', 'ecr.dkr', 's3'] : []),
    ...(logGroupsOf(facts).length > 0 ? ['logs'] : []),
  ].map((name) => `com.amazonaws.${region}.${name}`);
  return {
    services,
    outside: images.filter((image) => ecrImageOf(image) === null).map((image) => `the registry of ${image}`),
  };
}

function endpointCommand(service: string, vpc: string): string {
  const kind = service.endsWith('.s3') ? 'Gateway' : 'Interface';
  return `aws ec2 create-vpc-endpoint --vpc-id ${vpc} --service-name ${service} --vpc-endpoint-type ${kind}`;
}

async function groupFindings(named: readonly string[], vpc: string, query: AwsQuery): Promise<readonly Finding[]> {
  const filter = named.length > 0 ? { Name: 'group-id', Value: named } : { Name: 'group-name', Value: ['default'] };
  const answer = await query.call('ec2', 'DescribeSecurityGroups', {
    Filter: [filter, ...(named.length > 0 ? [] : [{ Name: 'vpc-id', Value: [vpc] }])],
  });
  const groups = listIn(answer, 'securityGroupInfo');
  const missing = named.filter((id) => !groups.some((group) => textIn(group, 'groupId') === id));
  if (missing.length > 0)
    return [
      failed(
        'security groups',
        `${missing.join(', ')} do not exist in ${query.region}.`,
        'Name groups of the VPC of the subnets.',
      ),
    ];
  const strange = groups.filter((group) => textIn(group, 'vpcId') !== vpc);
  if (strange.length > 0)
    return [
      failed(
        'security groups',
        `${strange.map((group) => textIn(group, 'groupId')).join(', ')} are not of VPC ${vpc}.`,
        `Name groups of VPC ${vpc}.`,
      ),
    ];
  if (groups.some((group) => listIn(group, 'ipPermissionsEgress').length > 0))
    return [ok('security groups', groups.map((group) => textIn(group, 'groupId')).join(', '))];
  const ids = groups.map((group) => textIn(group, 'groupId'));
  return [
    failed(
      'security groups',
      `${ids.join(', ')} let nothing out, so that tasks reach neither registry nor logs.`,
      `Run: aws ec2 authorize-security-group-egress --group-id ${ids[0] ?? ''} --protocol tcp --port 443 --cidr 0.0.0.0/0`,
    ),
  ];
}
