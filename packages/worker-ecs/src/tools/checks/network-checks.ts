import type { Finding } from '@worker-host/core';
import { type AwsQuery, listIn, type QueryValues, textIn } from '../aws/aws-query.js';
import { networkOf } from '../launch-facts.js';
import { type CheckContext, checking, failed, isNamed, notChecked, ok, warning } from './check-context.js';
import { checkRoutes } from './route-checks.js';
import { letsOut } from './security-groups.js';

/** Checks the network of tasks: subnets, security groups, and that a task reaches registry and logs. */
export function checkNetwork(context: CheckContext): Promise<readonly Finding[]> {
  const { facts, query } = context;
  return checking('network', async () => {
    const network = networkOf(facts);
    if (network === null) {
      if (facts.definition.networkMode === 'awsvpc')
        return [notChecked('network', 'The subnets of the launch are not known: see job configuration.')];
      return [ok('network', 'The task uses the network of its instance.')];
    }
    const { subnets: names, hasPublicIp } = network;
    let subnets: readonly QueryValues[];
    try {
      subnets = listIn(await query.call('ec2', 'DescribeSubnets', { SubnetId: names }), 'subnetSet');
    } catch (error) {
      if (!isNamed(error, 'NotFound', 'InvalidSubnetID.NotFound')) throw error;
      return [
        failed('subnets', `${(error as Error).message}.`, `Use subnets of ${query.region} in network_configuration.`),
      ];
    }
    const vpcs = [...new Set(subnets.map((subnet) => textIn(subnet, 'vpcId')))];
    const [vpc = ''] = vpcs;
    if (vpcs.length > 1) {
      const found = `The subnets are of several VPCs: ${subnets.map((each) => `${textIn(each, 'subnetId')} of ${textIn(each, 'vpcId')}`).join(', ')}.`;
      return [failed('subnets', found, 'Name subnets of one VPC in network_configuration.')];
    }
    const groups = await groupsOf(network.securityGroups, vpc, query);
    const securityGroups = groups.map((group) => textIn(group, 'groupId'));
    return [
      ...subnetFindings(subnets),
      ...(await checkRoutes({ facts, query, subnets, vpc, securityGroups, hasPublicIp })),
      ...groupFindings(groups, { named: network.securityGroups, vpc, region: query.region }),
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
    return [warning('subnets', `No address is free in ${ids}.`, 'Remove these subnets, or use others.')];
  return [
    ok(
      'subnets',
      `${subnets.length} in ${zones.size} ${zones.size === 1 ? 'zone' : 'zones'}, all with free addresses.`,
    ),
  ];
}

/** The named security groups as far as they exist, or the default one of the VPC. */
async function groupsOf(named: readonly string[], vpc: string, query: AwsQuery): Promise<readonly QueryValues[]> {
  const filter = named.length > 0 ? { Name: 'group-id', Value: named } : { Name: 'group-name', Value: ['default'] };
  const answer = await query.call('ec2', 'DescribeSecurityGroups', {
    Filter: [filter, ...(named.length > 0 ? [] : [{ Name: 'vpc-id', Value: [vpc] }])],
  });
  return listIn(answer, 'securityGroupInfo');
}

function groupFindings(
  groups: readonly QueryValues[],
  { named, vpc, region }: { readonly named: readonly string[]; readonly vpc: string; readonly region: string },
): readonly Finding[] {
  const missing = named.filter((id) => !groups.some((group) => textIn(group, 'groupId') === id));
  if (missing.length > 0)
    return [
      failed(
        'security groups',
        `${missing.join(', ')} do not exist in ${region}.`,
        'Use groups of the VPC of the subnets.',
      ),
    ];
  const strange = groups.filter((group) => textIn(group, 'vpcId') !== vpc);
  if (strange.length > 0)
    return [
      failed(
        'security groups',
        `${strange.map((group) => textIn(group, 'groupId')).join(', ')} do not belong to VPC ${vpc}.`,
        `Use groups of VPC ${vpc}.`,
      ),
    ];
  if (groups.some(letsOut)) return [ok('security groups', groups.map((group) => textIn(group, 'groupId')).join(', '))];
  const ids = groups.map((group) => textIn(group, 'groupId'));
  return [
    failed(
      'security groups',
      `${ids.join(', ')} allow no outbound traffic to port 443, so tasks reach neither registry nor logs.`,
      `Run: aws ec2 authorize-security-group-egress --group-id ${ids[0] ?? ''} --protocol tcp --port 443 --cidr 0.0.0.0/0`,
    ),
  ];
}
