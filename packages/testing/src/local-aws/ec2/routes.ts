import { AwsError } from '../server/aws-error.js';
import type { Answer, Params } from '../server/operation.js';
import { filtersOf, passesFilters } from './filters.js';
import type { Network, Vpc } from './network-model.js';

const TARGETS = { internet: 'gatewayId', nat: 'natGatewayId' } as const;

/** Returns the route tables of every VPC: the main one, and one for each kind of default route. */
export function routeTables(network: Network, params: Params): readonly Answer[] {
  return [...network.vpcs.values()]
    .flatMap((vpc) => tablesOf(network, vpc))
    .filter(({ subnets, vpc, main }) =>
      passesFilters(filtersOf(params), {
        'vpc-id': [vpc],
        'association.subnet-id': subnets,
        'association.main': [String(main)],
      }),
    )
    .map(({ element }) => element);
}

interface Table {
  readonly vpc: string;
  readonly main: boolean;
  readonly subnets: readonly string[];
  readonly element: Answer;
}

function tablesOf(network: Network, vpc: Vpc): readonly Table[] {
  const local = { destinationCidrBlock: vpc.cidr, gatewayId: 'local', state: 'active' };
  const id = vpc.id.replace(/^vpc-/, '');
  // In a default VPC the main table has a route to the internet, as in AWS.
  const mainWay = vpc.isDefault ? 'internet' : 'none';
  return (['internet', 'nat', 'none'] as const).flatMap((way): readonly Table[] => {
    const isMain = way === mainWay;
    const own = [...network.subnets.values()].filter((subnet) => subnet.vpcId === vpc.id && subnet.route === way);
    const subnets = isMain ? [] : own.map((subnet) => subnet.id);
    if (!isMain && subnets.length === 0) return [];
    const target = way === 'internet' ? `igw-${id}` : `nat-${id}`;
    const out = way === 'none' ? [] : [{ destinationCidrBlock: '0.0.0.0/0', [TARGETS[way]]: target, state: 'active' }];
    const associations = isMain ? [{ main: true }] : subnets.map((subnetId) => ({ main: false, subnetId }));
    const element = {
      routeTableId: `rtb-${way}-${id}`,
      vpcId: vpc.id,
      routeSet: [local, ...out],
      associationSet: associations,
    };
    return [{ vpc: vpc.id, main: isMain, subnets, element }];
  });
}

/** The NAT gateway of every VPC that has subnets behind one. */
export function natGateways(network: Network, params: Params): readonly Answer[] {
  const wanted = Array.isArray(params.NatGatewayId) ? (params.NatGatewayId as readonly string[]) : null;
  const all = [...network.subnets.values()]
    .filter(({ route }) => route === 'nat')
    .map(({ vpcId }) => ({
      natGatewayId: `nat-${vpcId.replace(/^vpc-/, '')}`,
      vpcId,
      state: 'available',
      connectivityType: 'public',
    }));
  const byId = new Map(all.map((gateway) => [gateway.natGatewayId, gateway]));
  const selected = (wanted ?? [...byId.keys()]).map((id) => {
    const found = byId.get(id);
    if (found !== undefined) return found;
    throw new AwsError('NatGatewayNotFound', `NatGateway ${id} was not found`);
  });
  return selected.filter(({ vpcId, state }) => passesFilters(filtersOf(params), { 'vpc-id': [vpcId], state: [state] }));
}

/**
 * Returns the service endpoints in every VPC. That of S3 is in all its route tables; the others have the private DNS names of
 * AWS.
 */
export function vpcEndpoints(network: Network, params: Params, region: string): readonly Answer[] {
  return [...network.vpcs.values()].flatMap((vpc) =>
    vpc.endpoints
      .map((service) => ({ service, serviceName: `com.amazonaws.${region}.${service}` }))
      .filter(({ serviceName }) =>
        passesFilters(filtersOf(params), { 'vpc-id': [vpc.id], 'service-name': [serviceName] }),
      )
      .map(({ service, serviceName }) => ({
        vpcEndpointId: `vpce-${vpc.id.replace(/^vpc-/, '')}-${service.split('.').at(-1)}`,
        vpcId: vpc.id,
        serviceName,
        state: 'available',
        ...(service === 's3' ? gatewayOf(network, vpc) : { vpcEndpointType: 'Interface', privateDnsEnabled: true }),
      })),
  );
}

function gatewayOf(network: Network, vpc: Vpc): Answer {
  const routeTableIdSet = tablesOf(network, vpc).map(({ element }) => element.routeTableId);
  return { vpcEndpointType: 'Gateway', privateDnsEnabled: false, routeTableIdSet };
}
