import { AwsError } from '../server/aws-error.js';
import type { Answer, OperationTable, Params } from '../server/operation.js';
import { pageOf } from '../server/paging.js';
import { filtersOf, passesFilters, tagFilterValues } from './filters.js';
import type { Network, Subnet, Vpc } from './network-model.js';
import { natGateways, routeTables, vpcEndpoints } from './routes.js';

const MIN_PAGE = 5;
const MAX_PAGE = 1000;

/** The EC2 operations that a launch needs: VPCs, subnets, security groups and zones. */
export function ec2Operations(network: Network, account: string, region: string): OperationTable {
  return {
    DescribeVpcs: (params) => {
      const wanted = selectById(network.vpcs, params.VpcId, (id) => notFound('InvalidVpcID', 'vpc ID', id));
      const found = wanted.filter((vpc) => passesFilters(filtersOf(params), vpcFilterValues(vpc, account)));
      return answerPage('vpcSet', found, params, (vpc) => vpcElement(vpc, account));
    },
    DescribeSubnets: (params) => {
      const wanted = selectById(network.subnets, params.SubnetId, (id) => notFound('InvalidSubnetID', 'subnet ID', id));
      const found = wanted.filter((subnet) => passesFilters(filtersOf(params), subnetFilterValues(subnet, account)));
      return answerPage('subnetSet', found, params, (subnet) => subnetElement(subnet, account));
    },
    DescribeSecurityGroups: (params) => {
      const groups = [...network.vpcs.values()].filter((vpc) =>
        passesFilters(filtersOf(params), {
          'group-id': [vpc.securityGroupId],
          'group-name': ['default'],
          'vpc-id': [vpc.id],
        }),
      );
      return answerPage('securityGroupInfo', groups, params, (vpc) => ({
        groupId: vpc.securityGroupId,
        groupName: 'default',
        groupDescription: 'default VPC security group',
        ownerId: account,
        vpcId: vpc.id,
        ipPermissionsEgress: vpc.letsOut ? [{ ipProtocol: '-1', ipRanges: [{ cidrIp: '0.0.0.0/0' }] }] : [],
      }));
    },
    DescribeRouteTables: (params) =>
      answerPage('routeTableSet', routeTables(network, params), params, (table) => table),
    DescribeNatGateways: (params) =>
      answerPage('natGatewaySet', natGateways(network, params), params, (gateway) => gateway),
    DescribeVpcEndpoints: (params) =>
      answerPage('vpcEndpointSet', vpcEndpoints(network, params, region), params, (endpoint) => endpoint),
    DescribeAvailabilityZones: () => {
      const zones = new Map([...network.subnets.values()].map((subnet) => [subnet.availabilityZone, subnet]));
      return {
        availabilityZoneInfo: [...zones.values()].map((subnet) => ({
          zoneName: subnet.availabilityZone,
          zoneId: subnet.availabilityZoneId,
          zoneState: 'available',
          zoneType: 'availability-zone',
          regionName: subnet.availabilityZone.slice(0, -1),
        })),
      };
    },
  };
}

function selectById<T>(all: ReadonlyMap<string, T>, ids: unknown, refuse: (id: string) => Error): T[] {
  if (!Array.isArray(ids)) return [...all.values()];
  return ids.map((id: string) => {
    const found = all.get(id);
    if (found === undefined) throw refuse(id);
    return found;
  });
}

function notFound(code: string, kind: string, id: string): AwsError {
  return new AwsError(`${code}.NotFound`, `The ${kind} '${id}' does not exist`);
}

function answerPage<T>(
  setName: string,
  entries: readonly T[],
  params: Params,
  toElement: (entry: T) => unknown,
): Answer {
  const size = params.MaxResults === undefined ? MAX_PAGE : Number(params.MaxResults);
  if (!(size >= MIN_PAGE && size <= MAX_PAGE)) {
    const text = `Value ( ${params.MaxResults} ) for parameter maxResults is invalid. Expecting a value between ${MIN_PAGE} and ${MAX_PAGE}.`;
    throw new AwsError('InvalidParameterValue', text);
  }
  const refuse = () => new AwsError('InvalidParameterValue', 'Unable to parse pagination token');
  const { page, nextToken } = pageOf(entries, params.NextToken as string | undefined, size, refuse);
  return { [setName]: page.map(toElement), nextToken };
}

function vpcFilterValues(vpc: Vpc, account: string) {
  const isDefault = [String(vpc.isDefault)];
  return {
    'is-default': isDefault,
    isDefault,
    'vpc-id': [vpc.id],
    cidr: [vpc.cidr],
    state: ['available'],
    'owner-id': [account],
    ...tagFilterValues(vpc.tags),
  };
}

function subnetFilterValues(subnet: Subnet, account: string) {
  const defaultForAz = [String(subnet.defaultForAz)];
  return {
    'vpc-id': [subnet.vpcId],
    'subnet-id': [subnet.id],
    state: [subnet.state],
    'default-for-az': defaultForAz,
    defaultForAz,
    'map-public-ip-on-launch': [String(subnet.mapPublicIpOnLaunch)],
    'availability-zone': [subnet.availabilityZone],
    'availability-zone-id': [subnet.availabilityZoneId],
    'cidr-block': [subnet.cidr],
    'owner-id': [account],
    ...tagFilterValues(subnet.tags),
  };
}

function vpcElement(vpc: Vpc, account: string): Answer {
  return {
    vpcId: vpc.id,
    ownerId: account,
    state: 'available',
    cidrBlock: vpc.cidr,
    isDefault: vpc.isDefault,
    instanceTenancy: 'default',
    tagSet: tagSet(vpc.tags),
  };
}

function subnetElement(subnet: Subnet, account: string): Answer {
  return {
    subnetId: subnet.id,
    subnetArn: subnet.arn,
    vpcId: subnet.vpcId,
    ownerId: account,
    state: subnet.state,
    cidrBlock: subnet.cidr,
    availabilityZone: subnet.availabilityZone,
    availabilityZoneId: subnet.availabilityZoneId,
    availableIpAddressCount: subnet.availableIpAddressCount,
    defaultForAz: subnet.defaultForAz,
    mapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    assignIpv6AddressOnCreation: false,
    ipv6Native: false,
    tagSet: tagSet(subnet.tags),
  };
}

function tagSet(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
