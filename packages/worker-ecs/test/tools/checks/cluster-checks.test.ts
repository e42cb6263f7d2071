import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import type { QueryValues } from '../../../src/tools/aws/aws-query.js';
import { checkCluster } from '../../../src/tools/checks/cluster-checks.js';
import { alarmsOf, checkContext } from './check-subject.js';
import { refusal, type ScriptedAnswer } from './scripted-query.js';

const EC2 = { requiresCompatibilities: ['EC2'], cpu: '1 vCPU', memory: '2048' };
const instance = (cpu: number, more: QueryValues = {}): QueryValues => ({
  agentConnected: true,
  remainingResources: [
    { name: 'CPU', integerValue: cpu },
    { name: 'MEMORY', integerValue: 4096 },
  ],
  ...more,
});

/** A cluster with instances, and capacity providers by their name. */
const cluster = (
  instances: readonly QueryValues[],
  providers: Readonly<Record<string, QueryValues>> = {},
  more: QueryValues = {},
): Readonly<Record<string, ScriptedAnswer>> => ({
  DescribeClusters: {
    clusters: [
      {
        status: 'ACTIVE',
        capacityProviders: Object.keys(providers),
        registeredContainerInstancesCount: instances.length,
        ...more,
      },
    ],
  },
  DescribeCapacityProviders: {
    capacityProviders: Object.entries(providers).map(([name, each]) => ({ name, status: 'ACTIVE', ...each })),
  },
  ListContainerInstances: ({ nextToken }) =>
    nextToken === undefined
      ? { containerInstanceArns: ['one'], nextToken: 'more' }
      : { containerInstanceArns: ['others'] },
  DescribeContainerInstances: ({ containerInstances }) => ({
    containerInstances: String(containerInstances) === 'one' ? instances.slice(0, 1) : instances.slice(1),
  }),
});

describe('checkCluster', () => {
  const alarms = async (
    script: Readonly<Record<string, ScriptedAnswer>>,
    request: JsonObject = {},
    { definition = EC2 as JsonObject, name = 'jobs' } = {},
  ): Promise<readonly string[]> =>
    alarmsOf(await checkCluster(checkContext({ script, request, definition, cluster: name })));

  for (const launchType of ['EC2', 'EXTERNAL'])
    it(`accepts launch type ${launchType} where an instance has room, on whatever page`, async () => {
      expect(await alarms(cluster([instance(0), instance(1024)]), { launchType })).to.deep.equal([]);
    });

  it('accepts instances where neither launch nor cluster has a strategy, as ECS uses them then', async () => {
    expect(await alarms(cluster([instance(1024)]))).to.deep.equal([]);
  });

  it('wants a strategy for Managed Instances', async () => {
    const definition = { requiresCompatibilities: ['MANAGED_INSTANCES'] };

    expect((await alarms(cluster([instance(1024)]), {}, { definition })).join()).to.contain(
      'leaves the capacity to cluster',
    );
  });

  it('names a cluster without instances', async () => {
    expect((await alarms(cluster([]), { launchType: 'EXTERNAL' })).join()).to.match(
      /launch type EXTERNAL, .*no container instances/,
    );
  });

  it('names instances without room, and such as are not connected', async () => {
    const full = await alarms(cluster([instance(512), instance(1023)]), { launchType: 'EC2' });
    const lost = await alarms(cluster([instance(4096, { agentConnected: false })]), { launchType: 'EC2' });

    expect(full.join()).to.match(
      /^instances: None of the 2 connected .* room for a task of 1024 CPU units and 2048 MiB now/,
    );
    expect(lost.join()).to.match(/^instances: None of the 1 active .* is connected/);
  });

  it('names a capacity provider that does not scale and has no instance', async () => {
    const request = { capacityProviderStrategy: [{ capacityProvider: 'group', weight: 1 }] };
    const group = (status: string): QueryValues => ({ autoScalingGroupProvider: { managedScaling: { status } } });
    const other = instance(4096, { capacityProviderName: 'other' });

    expect((await alarms(cluster([other], { group: group('DISABLED') }), request)).join()).to.contain(
      'of capacity provider group is connected',
    );
    expect(await alarms(cluster([other], { group: group('ENABLED') }), request)).to.deep.equal([]);
    expect(await alarms(cluster([], { group: { managedInstancesProvider: {} } }), request)).to.deep.equal([]);
  });

  it("checks the providers of the cluster's default strategy", async () => {
    const defaultCapacityProviderStrategy = [{ capacityProvider: 'group' }];
    const script = cluster([], { group: { status: 'INACTIVE' } }, { defaultCapacityProviderStrategy });

    expect((await alarms(script)).join()).to.equal('capacity: Capacity provider group is INACTIVE.');
  });

  it('does not check instances that may not be listed', async () => {
    const script = { ...cluster([instance(0)]), ListContainerInstances: refusal('AccessDeniedException') };

    expect(await alarms(script, { launchType: 'EC2' })).to.deep.equal([]);
  });

  it('names a cluster of another account, also where the own one has such a name', async () => {
    const name = 'arn:aws:ecs:us-east-1:999999999999:cluster/jobs';

    expect((await alarms(cluster([instance(1024)]), {}, { name })).join()).to.match(
      /^cluster: Cluster 'jobs' is in account 999999999999, and the credentials are of account 123456789012/,
    );
  });
});
