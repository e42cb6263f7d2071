import { createHash } from 'node:crypto';
import { arnOf } from '../server/arn.js';

/** Definition of a subnet. */
export interface SubnetSpec {
  /** Default: derived from account, region and position. */
  readonly id?: string;
  /** Letter of the availability zone. Example: `a`. */
  readonly zone: string;
  readonly cidr: string;
  /** Default: that of the VPC. */
  readonly defaultForAz?: boolean;
  /** Default: true in a default VPC. */
  readonly mapPublicIpOnLaunch?: boolean;
  /** Default: 4091. */
  readonly availableIpAddressCount?: number;
  /** Default: `available`. */
  readonly state?: 'available' | 'pending' | 'unavailable';
  /** Target of its default route. Default: `internet` in a default VPC, otherwise `none`. */
  readonly route?: 'internet' | 'nat' | 'none';
  readonly tags?: Readonly<Record<string, string>>;
}

/** Definition of a VPC. */
export interface VpcSpec {
  /** Default: derived from account, region and position. */
  readonly id?: string;
  readonly cidr: string;
  /** Default: false. */
  readonly isDefault?: boolean;
  readonly subnets: readonly SubnetSpec[];
  /** Services with an endpoint in all subnets, such as `ecr.api`, `s3`. Default: none. */
  readonly endpoints?: readonly string[];
  /** Whether the default security group allows outbound traffic. Default: true. */
  readonly letsOut?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Initial network of every account and region, as in AWS: a default VPC with a public subnet per zone. */
export const DEFAULT_VPCS: readonly VpcSpec[] = [
  {
    cidr: '172.31.0.0/16',
    isDefault: true,
    subnets: [
      { zone: 'a', cidr: '172.31.0.0/20' },
      { zone: 'b', cidr: '172.31.16.0/20' },
      { zone: 'c', cidr: '172.31.32.0/20' },
    ],
  },
];

export interface Vpc {
  readonly id: string;
  readonly cidr: string;
  readonly isDefault: boolean;
  readonly securityGroupId: string;
  readonly endpoints: readonly string[];
  readonly letsOut: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly arn: string;
  readonly cidr: string;
  readonly availabilityZone: string;
  readonly availabilityZoneId: string;
  readonly defaultForAz: boolean;
  readonly mapPublicIpOnLaunch: boolean;
  readonly availableIpAddressCount: number;
  readonly state: string;
  readonly route: 'internet' | 'nat' | 'none';
  readonly tags: Readonly<Record<string, string>>;
}

/** The VPCs and subnets of one account in one region. */
export class Network {
  readonly vpcs = new Map<string, Vpc>();
  readonly subnets = new Map<string, Subnet>();
  readonly #account: string;
  readonly #region: string;

  constructor(account: string, region: string, specs: readonly VpcSpec[]) {
    this.#account = account;
    this.#region = region;
    for (const spec of specs) this.addVpc(spec);
  }

  /** Adds a VPC with its subnets. */
  addVpc(spec: VpcSpec): Vpc {
    const place = String(this.vpcs.size);
    const isDefault = spec.isDefault ?? false;
    const vpc: Vpc = {
      id: spec.id ?? this.#makeId('vpc', place),
      cidr: spec.cidr,
      isDefault,
      securityGroupId: this.#makeId('sg', place),
      endpoints: spec.endpoints ?? [],
      letsOut: spec.letsOut ?? true,
      tags: spec.tags ?? {},
    };
    this.vpcs.set(vpc.id, vpc);
    for (const [index, subnet] of spec.subnets.entries()) this.#addSubnet(vpc, subnet, `${place}.${index}`);
    return vpc;
  }

  #addSubnet(vpc: Vpc, spec: SubnetSpec, place: string): void {
    const id = spec.id ?? this.#makeId('subnet', place);
    const number = spec.zone.charCodeAt(0) - 'a'.charCodeAt(0) + 1;
    this.subnets.set(id, {
      id,
      vpcId: vpc.id,
      arn: arnOf('ec2', this.#region, this.#account, `subnet/${id}`),
      cidr: spec.cidr,
      availabilityZone: `${this.#region}${spec.zone}`,
      availabilityZoneId: `${shortRegion(this.#region)}-az${number}`,
      defaultForAz: spec.defaultForAz ?? vpc.isDefault,
      mapPublicIpOnLaunch: spec.mapPublicIpOnLaunch ?? vpc.isDefault,
      availableIpAddressCount: spec.availableIpAddressCount ?? 4091,
      state: spec.state ?? 'available',
      route: spec.route ?? (vpc.isDefault ? 'internet' : 'none'),
      tags: spec.tags ?? {},
    });
  }

  #makeId(kind: string, place: string): string {
    const seed = `${this.#account}/${this.#region}/${kind}/${place}`;
    return `${kind}-${createHash('sha256').update(seed).digest('hex').slice(0, 17)}`;
  }
}

/** Returns the zone id prefix: `use1` for `us-east-1`, `apse2` for `ap-southeast-2`. */
function shortRegion(region: string): string {
  const [area = '', direction = '', number = ''] = region.split('-');
  const letters = direction.match(/north|south|east|west|central/g) ?? [];
  return `${area}${letters.map((word) => word[0]).join('')}${number}`;
}
