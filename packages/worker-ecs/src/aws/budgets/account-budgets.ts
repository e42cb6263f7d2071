import { type Clock, type Meter, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { BoundedMap } from '../../utilities/bounded-map.js';
import { type BucketLimits, RateBudget } from './rate-budget.js';

/** The token buckets of an account in a region, as AWS documents them (burst, calls per second). */
const AWS_BUCKETS = {
  /** RunTask, StopTask. */
  clusterModify: { name: 'cluster-modify', burst: 100, perSecond: 40 },
  /** RunTask on Fargate. */
  fargateLaunch: { name: 'fargate-launch', burst: 20, perSecond: 20 },
  /** On-demand tasks on Fargate, in the regions with the highest quota; see {@link fargateTaskLimits}. */
  fargateTasks: { name: 'fargate-tasks', burst: 100, perSecond: 20 },
  /** Tasks on Fargate Spot, likewise. */
  fargateSpotTasks: { name: 'fargate-spot-tasks', burst: 100, perSecond: 20 },
  /** DescribeTasks, ListTasks. */
  clusterRead: { name: 'cluster-read', burst: 100, perSecond: 20 },
  /** RegisterTaskDefinition, DeregisterTaskDefinition. */
  definitionModify: { name: 'definition-modify', burst: 20, perSecond: 1 },
  /** DescribeTaskDefinition. */
  definitionRead: { name: 'definition-read', burst: 50, perSecond: 20 },
  /** GetLogEvents in most regions; see {@link logsReadPerSecond}. */
  logsRead: { name: 'logs-read', burst: 25, perSecond: 25 },
  /** FilterLogEvents in most regions; see {@link logsFilterPerSecond}. */
  logsFilter: { name: 'logs-filter', burst: 10, perSecond: 10 },
} as const satisfies Record<string, BucketLimits>;

/** GetLogEvents per second in the regions that differ. */
const LOGS_READ_OF_REGION: Readonly<Record<string, number>> = {
  'us-west-2': 10,
  'eu-west-1': 10,
  'eu-central-1': 10,
  'ap-northeast-3': 10,
  'ap-southeast-3': 10,
  'ca-west-1': 10,
  'il-central-1': 10,
  'eu-west-3': 30,
};

/** Regions in which Fargate allows a burst of 100 tasks and 20 per second; AWS General Reference, Amazon ECS quotas. */
const FARGATE_REGIONS: ReadonlySet<string> = new Set([
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  ...['ap-northeast-1', 'ap-northeast-2', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
]);

/** Returns the burst and rate of task launches on Fargate in a region, on demand and on Spot each. */
export function fargateTaskLimits(region: string): { readonly burst: number; readonly perSecond: number } {
  return FARGATE_REGIONS.has(region) ? { burst: 100, perSecond: 20 } : { burst: 25, perSecond: 5 };
}
const MOST_CLIENTS = 200;

/** Part of the rate that is left for users who read logs. */
const LOGS_READ_LEFT_TO_OTHERS = 0.2;

/** Returns the GetLogEvents quota per second of an account in a region. */
export function logsReadPerSecond(region: string): number {
  return LOGS_READ_OF_REGION[region] ?? AWS_BUCKETS.logsRead.perSecond;
}

/** Returns the FilterLogEvents quota per second of an account in a region: the lowest if the quota is unknown. */
function logsFilterPerSecond(region: string): number {
  if (region === 'us-east-1') return 25;
  return logsReadPerSecond(region) < AWS_BUCKETS.logsRead.perSecond ? 5 : AWS_BUCKETS.logsFilter.perSecond;
}

/** Left free in every bucket: clocks differ, and users make calls too. */
const MARGIN = { burst: 0.1, perSecond: 0.05 };

export type BucketName = keyof typeof AWS_BUCKETS;

/**
 * A budget of calls. A call is sent when `acquire` resolves; afterwards its outcome is reported to one of the other
 * methods.
 */
export type CallBudget = Pick<RateBudget, 'acquire' | 'accepted' | 'throttled' | 'unused'>;

/** The budgets of one account in one region. */
export type AccountBudgets = Readonly<Record<BucketName, CallBudget>>;

/** The rates that AWS allows an account in a region. The worker uses 95 % of each rate and 90 % of each burst. */
export type EcsBudgetLimits = (region: string) => Readonly<Record<BucketName, BucketLimits>>;

/** Provides budgets by account and region. */
export interface EcsBudgets {
  /** Returns budgets for clients whose account is not known yet. */
  ofClients(clientsKey: string, region: string): AccountBudgets;
  /** Assigns these clients to an account that was learned from an ARN, and returns its budgets. */
  join(clientsKey: string, account: string, region: string): AccountBudgets;
}

/**
 * Provides budgets by account and region. The account of credentials is learned from the first ARN in a response; until
 * then each set of credentials has separate budgets.
 */
@injectable()
export class BudgetRegistry implements EcsBudgets {
  readonly #byAccount = new Map<string, AccountBudgets>();
  /** Budgets of clients whose account is not known yet. */
  readonly #byClients = new BoundedMap<string, AccountBudgets>(MOST_CLIENTS);

  constructor(
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(TOKENS.Meter) private readonly meter: Meter,
    @inject(ECS_TOKENS.BudgetLimits) private readonly limitsOf: EcsBudgetLimits,
  ) {}

  /** Returns budgets for clients whose account is not known yet. */
  ofClients(clientsKey: string, region: string): AccountBudgets {
    const budgets = this.#byClients.get(clientsKey) ?? this.#made(region);
    this.#byClients.set(clientsKey, budgets);
    return budgets;
  }

  /** Makes the budgets of these clients those of the account, or switches to the existing ones of the account. */
  join(clientsKey: string, account: string, region: string): AccountBudgets {
    const key = `${account}/${region}`;
    const known = this.#byAccount.get(key) ?? this.ofClients(clientsKey, region);
    this.#byAccount.set(key, known);
    this.#byClients.delete(clientsKey);
    return known;
  }

  #made(region: string): AccountBudgets {
    const entries = Object.entries(this.limitsOf(region)).map(([name, limits]) => [
      name,
      new RateBudget(withMargin(limits), this.clock, this.meter),
    ]);
    return Object.fromEntries(entries) as AccountBudgets;
  }
}

/** Returns the rates that AWS documents for a region. */
export function awsBudgetLimits(region: string): Readonly<Record<BucketName, BucketLimits>> {
  const logsPerSecond = logsReadPerSecond(region) * (1 - LOGS_READ_LEFT_TO_OTHERS);
  const filterPerSecond = logsFilterPerSecond(region) * (1 - LOGS_READ_LEFT_TO_OTHERS);
  const ofFargate = fargateTaskLimits(region);
  return {
    ...AWS_BUCKETS,
    fargateTasks: { ...AWS_BUCKETS.fargateTasks, ...ofFargate },
    fargateSpotTasks: { ...AWS_BUCKETS.fargateSpotTasks, ...ofFargate },
    logsRead: { ...AWS_BUCKETS.logsRead, burst: Math.floor(logsPerSecond), perSecond: logsPerSecond },
    logsFilter: { ...AWS_BUCKETS.logsFilter, burst: Math.floor(filterPerSecond), perSecond: filterPerSecond },
  };
}

function withMargin(limits: BucketLimits): BucketLimits {
  return {
    ...limits,
    burst: Math.floor(limits.burst * (1 - MARGIN.burst)),
    perSecond: limits.perSecond * (1 - MARGIN.perSecond),
  };
}
