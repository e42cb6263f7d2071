import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import type { DescribeSubnetsInput, DescribeVpcsInput, Ec2Subnet } from '../../src/aws/ec2-api.js';
import type { EcsLaunchData } from '../../src/ecs-launch-configuration.js';
import { NetworkResolver } from '../../src/task-run/network-resolver.js';
import { NetworkNotFoundError } from '../../src/task-run/task-run-errors.js';
import { someClients } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError } from '../support/fake-ecs.js';
import { someLaunchData } from '../support/launch-data.js';
import { failureOf } from '../support/launch-subject.js';

const AWSVPC = { networkMode: 'awsvpc' };

/** A VPC with these subnets, in pages of this size. */
function createSubject(given: readonly Ec2Subnet[] = [{ SubnetId: 'subnet-1' }], pageSize = 100) {
  const clock = new FakeClock();
  const world = {
    subnets: given,
    vpcs: [{ VpcId: 'vpc-1' }] as { readonly VpcId?: string }[],
    failure: null as unknown,
  };
  const vpcCalls: DescribeVpcsInput[] = [];
  const subnetCalls: DescribeSubnetsInput[] = [];
  const clients = someClients({
    ec2: {
      describeVpcs: async (input) => {
        vpcCalls.push(input);
        if (world.failure) throw world.failure;
        return { Vpcs: world.vpcs, NextToken: null };
      },
      describeSubnets: async (input) => {
        subnetCalls.push(input);
        const from = Number(input.NextToken ?? 0);
        const isLast = from + pageSize >= world.subnets.length;
        return {
          Subnets: world.subnets.slice(from, from + pageSize),
          NextToken: isLast ? null : String(from + pageSize),
        };
      },
    },
  });
  const resolver = new NetworkResolver(clock);
  const resolve = (parts: Partial<EcsLaunchData> = {}, definition: JsonObject = AWSVPC, signal?: AbortSignal) =>
    resolver.resolve(someLaunchData(parts), definition, clients, signal);
  /** Ids of the subnets of a task. */
  const chosen = async () =>
    ((await resolve()) as { awsvpcConfiguration: { subnets: string[] } }).awsvpcConfiguration.subnets;
  return { clock, world, vpcCalls, subnetCalls, resolver, resolve, chosen };
}

const subnets = (count: number, parts: (index: number) => Partial<Ec2Subnet> = () => ({})): Ec2Subnet[] =>
  Array.from({ length: count }, (_, index) => ({ SubnetId: `subnet-${index}`, ...parts(index) }));

describe('NetworkResolver', () => {
  it('finds nothing for another network mode, and keeps the network of the request', async () => {
    const { resolve, vpcCalls } = createSubject();

    expect(await resolve({}, { networkMode: 'bridge' })).to.equal(null);
    expect(await resolve({ taskRunRequest: { networkConfiguration: { awsvpcConfiguration: {} } } })).to.equal(null);
    expect(vpcCalls).to.deep.equal([]);
  });

  it('uses all subnets of the default VPC, over all pages', async () => {
    const { resolve, vpcCalls, subnetCalls } = createSubject(subnets(3), 2);

    expect(await resolve({ taskRunRequest: { networkConfiguration: {} } })).to.deep.equal({
      awsvpcConfiguration: {
        subnets: ['subnet-0', 'subnet-1', 'subnet-2'],
        assignPublicIp: 'ENABLED',
        securityGroups: [],
      },
    });
    expect(vpcCalls).to.deep.equal([{ Filters: [{ Name: 'isDefault', Values: ['true'] }] }]);
    const Filters = [{ Name: 'vpc-id', Values: ['vpc-1'] }];
    expect(subnetCalls).to.deep.equal([{ Filters }, { Filters, NextToken: '2' }]);
  });

  it('uses the configured VPC, and requests public addresses only on Fargate', async () => {
    const { resolve, vpcCalls } = createSubject();

    const found = await resolve({ vpcId: 'vpc-9', taskRunRequest: { launchType: 'EC2' } });

    expect(vpcCalls).to.deep.equal([{ VpcIds: ['vpc-9'] }]);
    expect(found?.awsvpcConfiguration).to.have.property('assignPublicIp', 'DISABLED');
  });

  it('keeps a written network if its subnets belong to the VPC, which is looked up only for it', async () => {
    const { resolve, vpcCalls } = createSubject(subnets(2));
    const networkConfiguration = { subnets: ['subnet-1'], assignPublicIp: 'DISABLED' };

    expect(await resolve({ networkConfiguration, vpcId: 'vpc-1' })).to.deep.equal({
      awsvpcConfiguration: networkConfiguration,
    });
    expect(await resolve({ networkConfiguration: {}, vpcId: 'vpc-1' })).to.have.nested.property(
      'awsvpcConfiguration.subnets.length',
      2,
    );
    expect(vpcCalls).to.have.length(1);
  });

  it('accepts a written network without subnets', async () => {
    const { resolve } = createSubject();
    const networkConfiguration = { securityGroups: ['sg-1'] };

    expect(await resolve({ networkConfiguration, vpcId: 'vpc-1' })).to.deep.equal({
      awsvpcConfiguration: networkConfiguration,
    });
  });

  it('looks up once more a subnet that was added recently', async () => {
    const { resolve, world, vpcCalls } = createSubject(subnets(1));
    await resolve({ vpcId: 'vpc-1' });
    world.subnets = subnets(2);

    const networkConfiguration = { subnets: ['subnet-1'] };

    expect(await resolve({ networkConfiguration, vpcId: 'vpc-1' })).to.deep.equal({
      awsvpcConfiguration: networkConfiguration,
    });
    expect(vpcCalls).to.have.length(2);
  });

  it('rejects subnets of another VPC, and lists the existing ones', async () => {
    const { resolve } = createSubject(subnets(2));
    const networkConfiguration = { subnets: ['subnet-1', 'subnet-8', 'subnet-9'] };

    const error = await failureOf(resolve({ networkConfiguration, vpcId: 'vpc-1' }));

    expect(error).to.be.instanceOf(NetworkNotFoundError);
    expect((error as NetworkNotFoundError).problem).to.deep.equal({
      path: 'network_configuration.subnets',
      expected: 'subnets of the VPC of vpc_id (vpc-1: subnet-0, subnet-1)',
      found: 'subnet-8, subnet-9',
      suggestion: 'other subnets, or the vpc_id that these belong to',
    });
  });

  it("reports a VPC that does not exist, with AWS's error as the cause", async () => {
    const { resolve, world } = createSubject();
    const notFound = awsError('InvalidVpcID.NotFound', "The vpc ID 'vpc-9' does not exist");
    world.failure = notFound;

    const refused = await failureOf(resolve({ vpcId: 'vpc-9' }));
    world.failure = null;
    world.vpcs = [];
    const absent = await failureOf(resolve({ vpcId: 'vpc-9' }));

    for (const error of [refused, absent]) {
      expect(error).to.be.instanceOf(NetworkNotFoundError);
      expect((error as NetworkNotFoundError).problem).to.deep.include({
        path: 'vpc_id',
        expected: 'a VPC of this account in us-east-1',
        found: 'vpc-9, which does not exist',
      });
    }
    expect(refused.cause).to.equal(notFound);
  });

  it('passes on other failures of AWS, and those about the default VPC', async () => {
    const { resolve, world } = createSubject();
    for (const [failure, vpcId] of [
      [awsError('InvalidVpcID.NotFound', 'x'), null],
      [awsError('RequestLimitExceeded', 'x'), 'vpc-9'],
      ['a text', 'vpc-9'],
    ] as const) {
      world.failure = failure;
      expect(await failureOf(resolve({ vpcId }))).to.equal(failure);
    }
  });

  it('reports what to set if there is no default VPC, or no subnet', async () => {
    const { resolve, world } = createSubject([]);
    const withoutSubnets = await failureOf(resolve());
    const ofNamed = await failureOf(resolve({ vpcId: 'vpc-1' }));
    world.vpcs = [];
    const withoutVpc = await failureOf(resolve());

    expect((withoutSubnets as NetworkNotFoundError).problem.found).to.equal(
      'the default VPC vpc-1, which has no subnets',
    );
    expect((ofNamed as NetworkNotFoundError).problem.found).to.equal('vpc-1, which has no subnets');
    expect((withoutVpc as NetworkNotFoundError).problem).to.deep.include({
      expected: 'a VPC, because the account has no default VPC in us-east-1',
      found: 'none',
    });
  });

  it('caches the result for an hour, and refreshes it in the background after five minutes', async () => {
    const { clock, resolve, vpcCalls } = createSubject();
    await resolve();
    await clock.advance(5 * 60_000);
    await resolve();
    expect(vpcCalls).to.have.length(1);
    await clock.advance(1);
    await resolve();
    expect(vpcCalls).to.have.length(2);
    await clock.advance(60 * 60_000 + 1);
    await resolve();
    expect(vpcCalls).to.have.length(3);
  });

  it('caches the networks of a hundred VPCs', async () => {
    const { resolve, vpcCalls } = createSubject();
    for (let index = 0; index <= 100; index += 1) await resolve({ vpcId: `vpc-${index}` });

    await resolve({ vpcId: 'vpc-100' });
    expect(vpcCalls).to.have.length(101);
    await resolve({ vpcId: 'vpc-0' });
    expect(vpcCalls).to.have.length(102);
  });

  it('stops waiting for AWS when the signal aborts', async () => {
    const { resolve } = createSubject();
    const reason = new Error('cancelled');
    const signal = AbortSignal.abort(reason);

    expect(await failureOf(resolve({}, AWSVPC, signal))).to.equal(reason);
    const networkConfiguration = { subnets: ['subnet-1'] };
    expect(await failureOf(resolve({ networkConfiguration, vpcId: 'vpc-1' }, AWSVPC, signal))).to.equal(reason);
  });

  it('uses up to sixteen subnets unchanged, whatever their state', async () => {
    const { chosen } = createSubject(subnets(16, () => ({ State: 'pending' })));

    expect(await chosen()).to.have.length(16);
  });

  it('chooses sixteen of more: available ones, from each zone in turn those with most free addresses', async () => {
    const { chosen } = createSubject([
      ...subnets(20, (index) => ({
        AvailabilityZone: index < 17 ? 'a' : 'b',
        AvailableIpAddressCount: index,
        State: index === 16 ? 'pending' : 'available',
      })),
      { SubnetId: 'outpost', OutpostArn: 'arn:outpost', AvailableIpAddressCount: 99 },
      { SubnetId: 'ipv6', Ipv6Native: true, AvailableIpAddressCount: 99 },
      { SubnetId: 'unknown', AvailabilityZone: 'c' },
    ]);

    const ids = [19, 15, 'unknown', 18, 14, 17, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4];
    expect(await chosen()).to.deep.equal(ids.map((id) => (id === 'unknown' ? id : `subnet-${id}`)));
  });

  it('chooses from all subnets if none is available', async () => {
    const { chosen } = createSubject(subnets(17, (index) => ({ State: 'pending', AvailableIpAddressCount: index })));

    expect(await chosen()).to.deep.equal(Array.from({ length: 16 }, (_, index) => `subnet-${16 - index}`));
  });

  it('chooses only the available ones if they are fewer than sixteen', async () => {
    const { chosen } = createSubject(subnets(20, (index) => (index < 3 ? {} : { State: 'pending' })));

    expect(await chosen()).to.deep.equal(['subnet-0', 'subnet-1', 'subnet-2']);
  });

  it('stops at sixteen within a zone', async () => {
    const { chosen } = createSubject(subnets(18, (index) => ({ AvailabilityZone: `zone-${index % 3}` })));

    expect(await chosen()).to.have.length(16);
  });

  it('chooses subnets with an unknown number of free addresses last', async () => {
    const { chosen } = createSubject([
      ...subnets(5),
      ...Array.from({ length: 12 }, (_, index) => ({ SubnetId: `known-${index}`, AvailableIpAddressCount: index + 1 })),
    ]);

    const ids = await chosen();
    expect(ids.slice(0, 12)).to.deep.equal(Array.from({ length: 12 }, (_, index) => `known-${11 - index}`));
    expect(ids).to.have.length(16);
  });
});
