import { type AwsQuery, listIn, objectIn, type QueryValues, textIn } from '../aws/aws-query.js';
import { ecrImageOf, imagesOf, type LaunchFacts, logGroupsOf, secretsOf } from '../launch-facts.js';
import { letsIn } from './security-groups.js';

/** Tasks that reach AWS by the endpoints of their VPC alone. */
export interface EndpointQuestion {
  readonly facts: LaunchFacts;
  readonly query: AwsQuery;
  readonly vpc: string;
  /** Route tables of the subnets without a route to the internet. */
  readonly tables: readonly string[];
  /** Security groups of the tasks, and IPv4 ranges of their subnets. */
  readonly from: { readonly groups: readonly string[]; readonly ranges: readonly string[] };
}

/** What the endpoints of a VPC lead to. */
export interface EndpointAnswer {
  /** Names of all services with an endpoint. */
  readonly services: readonly string[];
  /** Services that tasks need and do not reach, with a command that mends it. */
  readonly problems: readonly EndpointProblem[];
}

interface EndpointProblem {
  readonly what: string;
  readonly fix: string;
}

/** Checks that the endpoints of a VPC lead to all that starting a task takes in its region. */
export async function checkEndpoints(question: EndpointQuestion): Promise<EndpointAnswer> {
  const { facts, query, vpc } = question;
  const Filter = [{ Name: 'vpc-id', Value: [vpc] }];
  const endpoints = listIn(await query.call('ec2', 'DescribeVpcEndpoints', { Filter }), 'vpcEndpointSet');
  const groups = await groupsOf(endpoints, query);
  const problems = servicesNeeded(facts, query.region).flatMap((name) => {
    const suffix = `.${query.region}.${name}`;
    const own = endpoints.filter((endpoint) => textIn(endpoint, 'serviceName').endsWith(suffix));
    return problemOf(`com.amazonaws${suffix}`, { own, groups, question }) ?? [];
  });
  return { services: endpoints.map((endpoint) => textIn(endpoint, 'serviceName')), problems };
}

/** Security groups of endpoints by their id. */
async function groupsOf(endpoints: readonly QueryValues[], query: AwsQuery): Promise<ReadonlyMap<string, QueryValues>> {
  const ids = [
    ...new Set(endpoints.flatMap((each) => listIn(each, 'groupSet').map((group) => textIn(group, 'groupId')))),
  ];
  if (ids.length === 0) return new Map();
  const answer = await query.call('ec2', 'DescribeSecurityGroups', { Filter: [{ Name: 'group-id', Value: ids }] });
  return new Map(listIn(answer, 'securityGroupInfo').map((group) => [textIn(group, 'groupId'), group]));
}

/** What ECS itself must reach in the region of the task to start it; what is in another one has no endpoint in the VPC. */
function servicesNeeded(facts: LaunchFacts, region: string): readonly string[] {
  const isHere = (each: { readonly region: string | null }): boolean => each.region === null || each.region === region;
  const images = imagesOf(facts).flatMap((image) => ecrImageOf(image) ?? []);
  const secrets = secretsOf(facts).map(serviceOfSecret).filter(isHere);
  return [
    ...(images.some(isHere) ? ['ecr.api', 'ecr.dkr', 's3'] : []),
    ...(logGroupsOf(facts).some(isHere) ? ['logs'] : []),
    ...new Set(secrets.map(({ service }) => service)),
  ];
}

/** Where a secret is: its ARN, or the name of a parameter in the region of the task. */
function serviceOfSecret(from: string): { readonly service: string; readonly region: string | null } {
  const [, , service = '', region = null] = from.split(':');
  return service === 'secretsmanager' ? { service, region } : { service: 'ssm', region };
}

/** Regions beside that of the task in which ECS must reach something, with what it is. */
export function reachedElsewhere(facts: LaunchFacts, region: string): readonly string[] {
  const wanted = [
    ...imagesOf(facts).map((image) => ({ what: `image ${image}`, region: ecrImageOf(image)?.region ?? null })),
    ...logGroupsOf(facts).map((group) => ({ what: `log group ${group.name}`, region: group.region })),
    ...secretsOf(facts).map((from) => ({ what: `secret ${from}`, region: serviceOfSecret(from).region })),
  ];
  return wanted.flatMap((each) =>
    each.region === null || each.region === region ? [] : [`${each.what} in ${each.region}`],
  );
}

/** Why tasks do not reach a service by the endpoints of the VPC. Null: they do. */
function problemOf(
  service: string,
  {
    own,
    groups,
    question: { vpc, tables, from },
  }: {
    readonly own: readonly QueryValues[];
    readonly groups: ReadonlyMap<string, QueryValues>;
    readonly question: EndpointQuestion;
  },
): EndpointProblem | null {
  const kind = service.endsWith('.s3') ? `Gateway --route-table-ids ${tables.join(' ')}` : 'Interface';
  const create = `aws ec2 create-vpc-endpoint --vpc-id ${vpc} --service-name ${service} --vpc-endpoint-type ${kind}`;
  const [first] = own;
  if (first === undefined) return { what: service, fix: create };
  const available = own.filter((endpoint) => textIn(endpoint, 'state').toLowerCase() === 'available');
  const [usable] = available;
  if (usable === undefined) return { what: `${service} (its endpoint is ${textIn(first, 'state')})`, fix: create };
  const modify = `aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${textIn(usable, 'vpcEndpointId')}`;
  const interfaces = available.filter((endpoint) => textIn(endpoint, 'vpcEndpointType') === 'Interface');
  if (interfaces.length > 0) {
    const named = interfaces.filter((endpoint) => textIn(endpoint, 'privateDnsEnabled') !== 'false');
    if (named.length === 0)
      return { what: `${service} (its endpoint has no private DNS name)`, fix: `${modify} --private-dns-enabled` };
    const closed = named.map((endpoint) =>
      listIn(endpoint, 'groupSet')
        .map((each) => groups.get(textIn(each, 'groupId')))
        .filter((group) => group !== undefined),
    );
    if (!closed.every((each) => each.length > 0 && !each.some((group) => letsIn(group, from)))) return null;
    const [group = {}] = closed[0] ?? [];
    const id = textIn(group, 'groupId');
    const what = `${service} (security group ${id} of its endpoint does not let them in at port 443)`;
    const sources = from.ranges.map(
      (range) => `aws ec2 authorize-security-group-ingress --group-id ${id} --protocol tcp --port 443 --cidr ${range}`,
    );
    return { what, fix: sources.join('; ') };
  }
  const attached = available.flatMap((endpoint) => itemsIn(endpoint.routeTableIdSet));
  const without = tables.filter((table) => !attached.includes(table));
  if (without.length === 0) return null;
  const what = `${service} (its endpoint is not in route table ${without.join(', ')})`;
  return { what, fix: `${modify} --add-route-table-ids ${without.join(' ')}` };
}

/** Texts of a list of EC2, which stand in `item`. */
function itemsIn(value: unknown): readonly string[] {
  return [Array.isArray(value) ? value : (objectIn(value).item ?? [])].flat().map(String);
}
