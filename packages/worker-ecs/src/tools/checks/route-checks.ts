import type { Finding } from '@worker-host/core';
import { objectsIn } from '../../task-run/capacity.js';
import { objectOf } from '../../task-run/rules/task-run-to-check.js';
import { type AwsQuery, listIn, type QueryValues, textIn } from '../aws/aws-query.js';
import { ecrImageOf, imagesOf, type LaunchFacts } from '../launch-facts.js';
import { failed, notChecked, ok } from './check-context.js';
import { checkEndpoints, reachedElsewhere } from './endpoint-checks.js';
import { checkNatGateways } from './nat-checks.js';

/** Hosts that have no endpoint in a VPC. */
const PUBLIC_API_HOST = /(?:^|\.)prefect\.cloud$/;

/** A subnet and its way out. */
interface Way {
  readonly subnet: string;
  readonly leads: 'internet' | 'nat' | 'other' | 'none';
  /** Route table that counts for the subnet. Null: none was found. */
  readonly table: string | null;
  /** Empty: it leads to none. */
  readonly natGateway: string;
}

/** What tasks reach from subnets, and from which. */
export interface RouteQuestion {
  readonly facts: LaunchFacts;
  readonly query: AwsQuery;
  readonly subnets: readonly QueryValues[];
  readonly vpc: string;
  /** Of the tasks. */
  readonly securityGroups: readonly string[];
  readonly hasPublicIp: boolean;
}

/** Checks that tasks reach the registry, the logs, the secrets and the control plane: by a gateway, or by endpoints. */
export async function checkRoutes(question: RouteQuestion): Promise<readonly Finding[]> {
  const { subnets, query, hasPublicIp } = question;
  const ways = await Promise.all(subnets.map((subnet) => wayOutOf(subnet, query)));
  const closed = ways.filter(({ leads }) => leads === 'none' || (leads === 'internet' && !hasPublicIp));
  if (closed.length === 0) {
    const byNat = ways.flatMap((way) =>
      way.natGateway === '' ? [] : [{ subnet: way.subnet, gateway: way.natGateway }],
    );
    const leadsOut = async (subnet: QueryValues): Promise<boolean> =>
      (await wayOutOf(subnet, query)).leads === 'internet';
    const findings = await checkNatGateways(byNat, query, leadsOut);
    const isOpen = findings.every(({ status }) => status !== 'failed');
    return [...(isOpen ? [ok('route', `Tasks reach the internet by ${openWay(ways)}.`)] : []), ...findings];
  }
  if (closed.every(({ leads }) => leads === 'internet'))
    return [
      failed(
        'route',
        `${idsOf(closed)} lead to an internet gateway, which tasks without a public address cannot use.`,
        'Set assignPublicIp to ENABLED in network_configuration, or name subnets with a NAT gateway.',
      ),
    ];
  return await endpointFindings(question, closed);
}

function openWay(ways: readonly Way[]): string {
  const leads = new Set(ways.map((way) => way.leads));
  if (leads.has('internet')) return 'an internet gateway, with public addresses';
  return leads.has('nat') ? 'a NAT gateway' : 'a gateway';
}

function idsOf(ways: readonly Way[]): string {
  return ways.map(({ subnet }) => subnet).join(', ');
}

/** By the subnet's own route table, else the main one of its VPC. */
async function wayOutOf(subnet: QueryValues, query: AwsQuery): Promise<Way> {
  const id = textIn(subnet, 'subnetId');
  const own = await tableBy([{ Name: 'association.subnet-id', Value: [id] }], query);
  const ofVpc = { Name: 'vpc-id', Value: [textIn(subnet, 'vpcId')] };
  const table = own ?? (await tableBy([ofVpc, { Name: 'association.main', Value: ['true'] }], query));
  const out = listIn(table, 'routeSet').find((route) => textIn(route, 'destinationCidrBlock') === '0.0.0.0/0');
  return {
    subnet: id,
    leads: leadsTo(out),
    table: table === undefined ? null : textIn(table, 'routeTableId'),
    natGateway: textIn(out, 'natGatewayId'),
  };
}

async function tableBy(Filter: readonly QueryValues[], query: AwsQuery): Promise<QueryValues | undefined> {
  return listIn(await query.call('ec2', 'DescribeRouteTables', { Filter }), 'routeTableSet')[0];
}

function leadsTo(route: QueryValues | undefined): Way['leads'] {
  if (route === undefined || textIn(route, 'state') === 'blackhole') return 'none';
  if (textIn(route, 'gatewayId').startsWith('igw-')) return 'internet';
  return textIn(route, 'natGatewayId') === '' ? 'other' : 'nat';
}

async function endpointFindings(
  { facts, query, vpc, subnets, securityGroups }: RouteQuestion,
  closed: readonly Way[],
): Promise<readonly Finding[]> {
  const tables = [...new Set(closed.flatMap(({ table }) => table ?? []))];
  const from = { groups: securityGroups, ranges: subnets.map((subnet) => textIn(subnet, 'cidrBlock')) };
  const { services, problems } = await checkEndpoints({ facts, query, vpc, tables, from });
  const outside = [...outsideOf(facts), ...reachedElsewhere(facts, query.region)];
  if (problems.length === 0 && outside.length === 0) {
    const found = `No route to the internet, and endpoints for all that is needed: ${services.join(', ')}.`;
    return [ok('route', found), ...controlPlaneFindings(facts)];
  }
  const unreached = [...problems.map(({ what }) => what), ...outside];
  const gateway = 'Add a NAT gateway and a route 0.0.0.0/0 to it, or name other subnets';
  const commands = [...new Set(problems.map(({ fix }) => fix))].join('; ');
  return [
    failed(
      'route',
      `${idsOf(closed)} have no route to the internet, so that tasks do not reach ${unreached.join(', ')}.`,
      problems.length === 0 ? gateway : `${gateway}; or run: ${commands}`,
    ),
  ];
}

/** What no endpoint leads to. */
function outsideOf(facts: LaunchFacts): readonly string[] {
  const host = controlPlaneHostOf(facts);
  return [
    ...imagesOf(facts).flatMap((image) => (ecrImageOf(image) === null ? [`the registry of ${image}`] : [])),
    ...(host !== null && PUBLIC_API_HOST.test(host) ? [`the Prefect API at ${host}`] : []),
  ];
}

/** A Prefect server may well be in the VPC; nothing here says so. */
function controlPlaneFindings(facts: LaunchFacts): readonly Finding[] {
  const host = controlPlaneHostOf(facts);
  if (host === null) return [];
  const found = `Whether tasks reach the Prefect API at ${host} from subnets without a route to the internet cannot be read from AWS.`;
  return [notChecked('route to Prefect', found, `${host} must be in the VPC, peered with it, or behind an endpoint.`)];
}

/** Host of the Prefect API that the job is given. Null: it is given none. */
function controlPlaneHostOf({ request, definition }: LaunchFacts): string | null {
  const containers = [
    ...objectsIn(objectOf(request.overrides).containerOverrides),
    ...objectsIn(definition.containerDefinitions),
  ];
  const entries = containers.flatMap(({ environment }) => objectsIn(environment));
  const url = entries.find(({ name }) => name === 'PREFECT_API_URL')?.value;
  try {
    return typeof url === 'string' ? new URL(url).hostname : null;
  } catch {
    return null;
  }
}
