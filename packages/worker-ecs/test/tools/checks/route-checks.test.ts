import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import type { ECSJobConfiguration } from '../../../src/configuration/ecs-job-configuration.js';
import type { AwsQuery, QueryValues } from '../../../src/tools/aws/aws-query.js';
import { checkRoutes } from '../../../src/tools/checks/route-checks.js';
import { refusal, type ScriptedAnswer, scriptedQuery } from './scripted-query.js';

const ECR_IMAGE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/job:1';
const SERVICES = ['ecr.api', 'ecr.dkr', 's3'];
const table = {
  routeTableId: 'rtb-1',
  routeSet: { item: { destinationCidrBlock: '10.0.0.0/16', gatewayId: 'local' } },
};

/** EC2 with one subnet, one route table without a way out, and endpoints. */
const withEndpoints = (endpoints: readonly QueryValues[], groups: readonly QueryValues[]): AwsQuery =>
  scriptedQuery({
    DescribeRouteTables: { routeTableSet: { item: table } },
    DescribeVpcEndpoints: { vpcEndpointSet: { item: endpoints } },
    DescribeSecurityGroups: { securityGroupInfo: { item: groups } },
  });

const endpoint = (service: string, more: QueryValues = {}): QueryValues => ({
  vpcEndpointId: `vpce-${service}`,
  state: 'available',
  serviceName: `com.amazonaws.us-east-1.${service}`,
  ...(service === 's3'
    ? { vpcEndpointType: 'Gateway', routeTableIdSet: { item: 'rtb-1' } }
    : { vpcEndpointType: 'Interface', privateDnsEnabled: 'true' }),
  ...more,
});

const routesOf = (
  endpoints: readonly QueryValues[],
  container: JsonObject = {},
  environment: JsonObject[] = [],
  groups: readonly QueryValues[] = [],
) =>
  checkRoutes({
    facts: {
      configuration: {} as ECSJobConfiguration,
      request: { overrides: { containerOverrides: [{ name: 'main', environment }] } },
      definition: { containerDefinitions: [{ image: ECR_IMAGE, ...container }] },
      isLinked: false,
    },
    query: withEndpoints(endpoints, groups),
    subnets: [{ subnetId: 'subnet-a', vpcId: 'vpc-1', cidrBlock: '10.0.1.0/24' }],
    vpc: 'vpc-1',
    securityGroups: ['sg-tasks'],
    hasPublicIp: false,
  });

describe('checkRoutes, in a subnet without a route to the internet', () => {
  it('accepts endpoints for all that the launch needs', async () => {
    const [found, ...others] = await routesOf(SERVICES.map((service) => endpoint(service)));

    expect(found).to.include({ check: 'route', status: 'ok' });
    expect(others).to.deep.equal([]);
  });

  it('finds the gateway of S3 that is not in the route table of the subnet', async () => {
    const [found] = await routesOf([
      endpoint('ecr.api'),
      endpoint('ecr.dkr'),
      endpoint('s3', { routeTableIdSet: { item: ['rtb-2', 'rtb-3'] } }),
    ]);

    expect(found?.found).to.contain('com.amazonaws.us-east-1.s3 (its endpoint is not in route table rtb-1)');
    expect(found?.fix).to.match(/aws ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-s3 --add-route-table-ids rtb-1$/);
  });

  it('finds an endpoint that answers to no name', async () => {
    const [found] = await routesOf([
      endpoint('ecr.api', { privateDnsEnabled: 'false' }),
      endpoint('ecr.dkr'),
      endpoint('s3'),
    ]);

    expect(found?.found).to.contain('ecr.api (its endpoint has no private DNS name)');
    expect(found?.fix).to.match(/--vpc-endpoint-id vpce-ecr\.api --private-dns-enabled$/);
  });

  it('finds an endpoint that is not available', async () => {
    const [found] = await routesOf([endpoint('ecr.api', { state: 'failed' }), endpoint('ecr.dkr'), endpoint('s3')]);

    expect(found?.found).to.contain('ecr.api (its endpoint is failed)');
  });

  describe('with a security group at the endpoint', () => {
    const groupSet = { item: { groupId: 'sg-door' } };
    const https = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };
    const routes = (...permissions: readonly QueryValues[]) =>
      routesOf(
        [endpoint('ecr.api', { groupSet }), endpoint('ecr.dkr'), endpoint('s3')],
        {},
        [],
        [{ groupId: 'sg-door', ipPermissions: { item: permissions } }],
      );

    for (const [what, permission] of Object.entries<QueryValues>({
      'all traffic of the VPC': { ipProtocol: '-1', ipRanges: { item: { cidrIp: '10.0.0.0/16' } } },
      'HTTPS from everywhere': { ...https, ipRanges: { item: [{ cidrIp: '0.0.0.0/0' }] } },
      'HTTPS from a part of the subnet': { ...https, ipRanges: { item: { cidrIp: '10.0.1.128/25' } } },
      'a range of ports from the group of the tasks': {
        ipProtocol: '6',
        fromPort: 0,
        toPort: 65535,
        groups: { item: { groupId: 'sg-tasks' } },
      },
    }))
      it(`accepts ${what}`, async () => expect((await routes(permission))[0]).to.include({ status: 'ok' }));

    for (const [what, permission] of Object.entries<QueryValues>({
      'another subnet': { ...https, ipRanges: { item: { cidrIp: '10.0.2.0/24' } } },
      'another group': { ...https, groups: { item: { groupId: 'sg-other' } } },
      'another port': { ipProtocol: 'tcp', fromPort: 80, toPort: 80, ipRanges: { item: { cidrIp: '0.0.0.0/0' } } },
      'another protocol': {
        ipProtocol: 'udp',
        fromPort: 0,
        toPort: 65535,
        ipRanges: { item: { cidrIp: '0.0.0.0/0' } },
      },
    }))
      it(`names a group that lets in ${what} alone`, async () => {
        const [found] = await routes(permission);

        expect(found?.found).to.contain(
          'ecr.api (security group sg-door of its endpoint does not let them in at port 443)',
        );
        expect(found?.fix).to.match(/authorize-security-group-ingress --group-id sg-door .* --cidr 10\.0\.1\.0\/24$/);
      });
  });

  it('knows that an image of another region is behind no endpoint', async () => {
    const image = ECR_IMAGE.replace('us-east-1', 'eu-west-1');
    const [found] = await routesOf([], { image });

    expect(found?.found).to.match(/do not reach image \S+eu-west-1\S+ in eu-west-1\.$/);
  });

  it('wants endpoints for the secrets of containers', async () => {
    const secrets = [
      { name: 'A', valueFrom: 'arn:aws:secretsmanager:us-east-1:1:secret:a' },
      { name: 'B', valueFrom: 'parameter-b' },
    ];
    const [found] = await routesOf(
      SERVICES.map((service) => endpoint(service)),
      { secrets },
    );

    expect(found?.found).to.match(/do not reach com\S+\.secretsmanager, com\S+\.ssm\.$/);
  });

  it('knows that Prefect Cloud is outside, and cannot say it of other servers', async () => {
    const all = SERVICES.map((service) => endpoint(service));
    const [cloud] = await routesOf(all, {}, [{ name: 'PREFECT_API_URL', value: 'https://api.prefect.cloud/api' }]);
    const [route, own] = await routesOf(all, {}, [
      { name: 'PREFECT_API_URL', value: 'http://prefect.internal:4200/api' },
    ]);

    expect(cloud).to.include({ status: 'failed' });
    expect(cloud?.found).to.contain('the Prefect API at api.prefect.cloud');
    expect(route).to.include({ status: 'ok' });
    expect(own).to.include({ check: 'route to Prefect', status: 'not-checked' });
  });
});

describe('checkRoutes, in a subnet behind a NAT gateway', () => {
  const out = (target: QueryValues): QueryValues => ({
    routeTableSet: {
      item: { routeTableId: 'rtb', routeSet: { item: { destinationCidrBlock: '0.0.0.0/0', ...target } } },
    },
  });
  const check = (gateway: QueryValues | Error, wayOfGateway: QueryValues = { gatewayId: 'igw-1' }) => {
    const DescribeRouteTables: ScriptedAnswer = ({ Filter }) =>
      JSON.stringify(Filter).includes('subnet-a') ? out({ natGatewayId: 'nat-1' }) : out(wayOfGateway);
    const DescribeNatGateways = gateway instanceof Error ? gateway : { natGatewaySet: { item: gateway } };
    return checkRoutes({
      facts: { configuration: {} as ECSJobConfiguration, request: {}, definition: {}, isLinked: false },
      query: scriptedQuery({ DescribeRouteTables, DescribeNatGateways }),
      subnets: [{ subnetId: 'subnet-a', vpcId: 'vpc-1' }],
      vpc: 'vpc-1',
      securityGroups: [],
      hasPublicIp: false,
    });
  };
  const NAT = { natGatewayId: 'nat-1', state: 'available', subnetId: 'subnet-public', vpcId: 'vpc-1' };

  it('accepts one that is available in a public subnet, and a private one', async () => {
    const privately = await check({ ...NAT, connectivityType: 'private' }, { transitGatewayId: 'tgw-1' });

    for (const findings of [await check(NAT), privately])
      expect(findings.map(({ check: each, status }) => `${each} ${status}`)).to.deep.equal(['route ok']);
  });

  it('names one that failed, or is gone', async () => {
    const failed = await check({ ...NAT, state: 'failed', failureMessage: 'Elastic IP address is in use' });
    const gone = await check(refusal('NatGatewayNotFound'));

    expect(failed.map(({ found }) => found).join()).to.match(/nat-1, which is failed \(Elastic IP address is in use\)/);
    expect(gone.map(({ found }) => found).join()).to.contain('nat-1, which is deleted');
  });

  it('names one whose own subnet has no route to the internet', async () => {
    const [found, ...others] = await check(NAT, { natGatewayId: 'nat-1' });

    expect(found?.found).to.contain('whose own subnet subnet-public has no route to an internet gateway');
    expect(others).to.deep.equal([]);
  });

  it('does not blame one that may not be described', async () => {
    const findings = await check(refusal('UnauthorizedOperation'));

    expect(findings.map(({ check: each, status }) => `${each} ${status}`)).to.deep.equal([
      'route ok',
      'NAT gateway not-checked',
    ]);
  });
});
