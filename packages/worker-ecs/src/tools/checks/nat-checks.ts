import type { Finding } from '@worker-host/core';
import { type AwsQuery, listIn, type QueryValues, textIn } from '../aws/aws-query.js';
import { checking, failed, isNamed } from './check-context.js';

/** Which NAT gateway a subnet leads to. */
export interface NatRoute {
  readonly subnet: string;
  readonly gateway: string;
}

/**
 * Checks that NAT gateways work: a route stays active when its gateway fails, and a public gateway needs a route to the internet.
 *
 * @param leadsOut whether a subnet has a route to an internet gateway
 */
export function checkNatGateways(
  routes: readonly NatRoute[],
  query: AwsQuery,
  leadsOut: (subnet: QueryValues) => Promise<boolean>,
): Promise<readonly Finding[]> {
  const gateways = [...new Set(routes.map(({ gateway }) => gateway))];
  const checks = gateways.map((id) =>
    checking('NAT gateway', async () => {
      const subnets = routes.filter(({ gateway }) => gateway === id).map(({ subnet }) => subnet);
      const lead = `${subnets.join(', ')} lead to NAT gateway ${id}`;
      const gateway = await gatewayOf(id, query);
      const state = gateway === null ? 'deleted' : textIn(gateway, 'state');
      const other = 'create a NAT gateway in a public subnet and point the route 0.0.0.0/0 to it';
      if (gateway === null || state !== 'available') {
        const why = textIn(gateway, 'failureMessage');
        const found = `${lead}, which is ${state}${why === '' ? '' : ` (${why})`}, so that tasks do not reach the internet.`;
        return [
          failed(
            'route',
            found,
            state === 'pending'
              ? 'Wait until it is available.'
              : `Run: aws ec2 describe-nat-gateways --nat-gateway-ids ${id} --region ${query.region}; ${other}.`,
          ),
        ];
      }
      const subnetId = textIn(gateway, 'subnetId');
      if (textIn(gateway, 'connectivityType') === 'private' || subnetId === '') return [];
      if (await leadsOut({ subnetId, vpcId: textIn(gateway, 'vpcId') })) return [];
      const found = `${lead}, whose own subnet ${subnetId} has no route to an internet gateway.`;
      return [failed('route', found, `Route 0.0.0.0/0 of ${subnetId} to an internet gateway, or ${other}.`)];
    }),
  );
  return Promise.all(checks).then((findings) => findings.flat());
}

/** Null: it does not exist. */
async function gatewayOf(id: string, query: AwsQuery): Promise<QueryValues | null> {
  try {
    return listIn(await query.call('ec2', 'DescribeNatGateways', { NatGatewayId: [id] }), 'natGatewaySet')[0] ?? null;
  } catch (error) {
    if (isNamed(error, 'NatGatewayNotFound')) return null;
    throw error;
  }
}
