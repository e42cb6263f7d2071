import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import type { ECSJobConfiguration } from '../../../src/configuration/ecs-job-configuration.js';
import type { AwsQuery, QueryValues } from '../../../src/tools/aws/aws-query.js';
import { checkRoutes } from '../../../src/tools/checks/route-checks.js';

const ECR_IMAGE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/job:1';
const SERVICES = ['ecr.api', 'ecr.dkr', 's3'];
const table = {
  routeTableId: 'rtb-1',
  routeSet: { item: { destinationCidrBlock: '10.0.0.0/16', gatewayId: 'local' } },
};

/** EC2 with one subnet, one route table without a way out, and endpoints. */
const withEndpoints = (endpoints: readonly QueryValues[]): AwsQuery => {
  const answers: Readonly<Record<string, QueryValues>> = {
    DescribeRouteTables: { routeTableSet: { item: table } },
    DescribeVpcEndpoints: { vpcEndpointSet: { item: endpoints } },
  };
  const query: AwsQuery = {
    region: 'us-east-1',
    clockAheadMs: null,
    call: async (_service, action) => answers[action] ?? {},
    in: () => query,
    close: () => {},
  };
  return query;
};

const endpoint = (service: string, more: QueryValues = {}): QueryValues => ({
  vpcEndpointId: `vpce-${service}`,
  serviceName: `com.amazonaws.us-east-1.${service}`,
  ...(service === 's3'
    ? { vpcEndpointType: 'Gateway', routeTableIdSet: { item: 'rtb-1' } }
    : { vpcEndpointType: 'Interface', privateDnsEnabled: 'true' }),
  ...more,
});

const routesOf = (endpoints: readonly QueryValues[], container: JsonObject = {}, environment: JsonObject[] = []) =>
  checkRoutes({
    facts: {
      configuration: {} as ECSJobConfiguration,
      request: { overrides: { containerOverrides: [{ name: 'main', environment }] } },
      definition: { containerDefinitions: [{ image: ECR_IMAGE, ...container }] },
      isLinked: false,
    },
    query: withEndpoints(endpoints),
    subnets: [{ subnetId: 'subnet-a', vpcId: 'vpc-1' }],
    vpc: 'vpc-1',
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
