import { type Clock, type JsonObject, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { AwsClients } from '../aws/aws-clients.js';
import type { Ec2Subnet } from '../aws/ec2-api.js';
import type { EcsLaunchData } from '../ecs-launch-configuration.js';
import { jsonText } from '../utilities/json-text.js';
import { KeptLookups } from '../utilities/kept-lookups.js';
import { unlessAborted } from '../utilities/unless-aborted.js';
import { capacityOf, runsOnFargate } from './capacity.js';
import { NetworkNotFoundError } from './task-run-errors.js';

const MOST_SUBNETS = 16;
const KEPT = { freshMs: 5 * 60_000, keptMs: 60 * 60_000, most: 100 };

/** Determines the network of tasks in awsvpc mode; lookups are shared, cached, and repeated after five minutes. */
@injectable()
export class NetworkResolver {
  readonly #kept: KeptLookups<readonly Ec2Subnet[]>;

  constructor(@inject(TOKENS.Clock) clock: Pick<Clock, 'monotonicMs'>) {
    this.#kept = new KeptLookups(clock, KEPT);
  }

  /**
   * Returns the `networkConfiguration` of the request; null: it keeps its own, or needs none.
   *
   * @throws NetworkNotFoundError naming what to set.
   */
  async resolve(
    configuration: EcsLaunchData,
    definition: JsonObject,
    clients: AwsClients,
    signal?: AbortSignal,
  ): Promise<JsonObject | null> {
    if (definition.networkMode !== 'awsvpc') return null;
    const { networkConfiguration, vpcId, taskRunRequest } = configuration;
    if (Object.keys(networkConfiguration).length > 0 && vpcId) {
      await unlessAborted(this.#checkSubnets(networkConfiguration, vpcId, clients), signal);
      return { awsvpcConfiguration: networkConfiguration };
    }
    const own = taskRunRequest.networkConfiguration;
    if (own && Object.keys(own).length > 0) return null;
    const subnets = await unlessAborted(this.#subnetsOf(vpcId, clients), signal);
    return {
      awsvpcConfiguration: {
        subnets: chooseSubnets(subnets).map((subnet) => subnet.SubnetId ?? ''),
        // AWS assigns public addresses only on Fargate, and rejects launches with one elsewhere.
        assignPublicIp: runsOnFargate(capacityOf(taskRunRequest, definition)) ? 'ENABLED' : 'DISABLED',
        securityGroups: [],
      },
    };
  }

  async #checkSubnets(network: JsonObject, vpcId: string, clients: AwsClients): Promise<void> {
    const wanted = Array.isArray(network.subnets) ? network.subnets : [];
    if (strangersAmong(wanted, await this.#subnetsOf(vpcId, clients)).length === 0) return;
    const known = await this.#subnetsOf(vpcId, clients, true);
    const strangers = strangersAmong(wanted, known);
    if (strangers.length === 0) return;
    throw new NetworkNotFoundError({
      path: 'network_configuration.subnets',
      expected: `subnets of the VPC of vpc_id (${vpcId}: ${known.map(({ SubnetId }) => SubnetId).join(', ')})`,
      found: strangers.join(', '),
      suggestion: 'other subnets, or the vpc_id that these belong to',
    });
  }

  #subnetsOf(vpcId: string | null, clients: AwsClients, isRenewed = false): Promise<readonly Ec2Subnet[]> {
    const key = `${clients.key} ${vpcId ?? ''}`;
    const look = () => lookUpSubnets(vpcId, clients);
    return isRenewed ? this.#kept.renew(key, look) : this.#kept.get(key, look);
  }
}

function strangersAmong(wanted: readonly unknown[], known: readonly Ec2Subnet[]): readonly unknown[] {
  return wanted.filter((subnet) => !known.some(({ SubnetId }) => SubnetId === jsonText(subnet)));
}

async function lookUpSubnets(vpcId: string | null, { ec2, region }: AwsClients): Promise<readonly Ec2Subnet[]> {
  let vpcs: Awaited<ReturnType<typeof ec2.describeVpcs>>['Vpcs'];
  try {
    ({ Vpcs: vpcs } = await ec2.describeVpcs(
      vpcId ? { VpcIds: [vpcId] } : { Filters: [{ Name: 'isDefault', Values: ['true'] }] },
    ));
  } catch (error) {
    if (!vpcId || !(error instanceof Error) || error.name !== 'InvalidVpcID.NotFound') throw error;
    throw vpcNotFound(vpcId, region, { cause: error });
  }
  const found = vpcs[0]?.VpcId;
  if (!found) throw vpcId ? vpcNotFound(vpcId, region) : noDefaultVpc(region);
  const subnets: Ec2Subnet[] = [];
  let token: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof ec2.describeSubnets>> = await ec2.describeSubnets({
      Filters: [{ Name: 'vpc-id', Values: [found] }],
      ...(token ? { NextToken: token } : {}),
    });
    subnets.push(...page.Subnets);
    token = page.NextToken;
  } while (token);
  if (subnets.length > 0) return subnets;
  throw new NetworkNotFoundError({
    path: 'vpc_id',
    expected: 'a VPC that has subnets',
    found: `${vpcId ? '' : 'the default VPC '}${found}, which has no subnets`,
    suggestion: 'another VPC, or to add subnets to it',
  });
}

function vpcNotFound(vpcId: string, region: string, options?: ErrorOptions): NetworkNotFoundError {
  const expected = `a VPC of this account in ${region}`;
  const problem = { path: 'vpc_id', expected, found: `${vpcId}, which does not exist`, suggestion: null };
  return new NetworkNotFoundError(problem, options);
}

function noDefaultVpc(region: string): NetworkNotFoundError {
  return new NetworkNotFoundError({
    path: 'vpc_id',
    expected: `a VPC, because the account has no default VPC in ${region}`,
    found: 'none',
    suggestion: 'the id of the VPC for the tasks',
  });
}

/**
 * Returns all subnets; if there are more than sixteen, available ones spread over zones, those with most free addresses
 * first.
 */
function chooseSubnets(subnets: readonly Ec2Subnet[]): readonly Ec2Subnet[] {
  if (subnets.length <= MOST_SUBNETS) return subnets;
  const usable = subnets.filter(
    (subnet) => (subnet.State ?? 'available') === 'available' && !subnet.OutpostArn && !subnet.Ipv6Native,
  );
  const zones = new Map<string, Ec2Subnet[]>();
  const byRoom = [...(usable.length > 0 ? usable : subnets)].sort(
    (a, b) => (b.AvailableIpAddressCount ?? 0) - (a.AvailableIpAddressCount ?? 0),
  );
  for (const subnet of byRoom) {
    const zone = subnet.AvailabilityZone ?? '';
    zones.set(zone, [...(zones.get(zone) ?? []), subnet]);
  }
  const chosen: Ec2Subnet[] = [];
  for (let round = 0; chosen.length < MOST_SUBNETS && round < byRoom.length; round += 1) {
    for (const zone of zones.values()) {
      const subnet = zone[round];
      if (subnet && chosen.length < MOST_SUBNETS) chosen.push(subnet);
    }
  }
  return chosen;
}
