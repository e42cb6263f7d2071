import { type Clock, type Meter, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { BoundedMap } from '../../utilities/bounded-map.js';
import { type BucketLimits, RateBudget } from './rate-budget.js';

/** The buckets of an account in a region, as AWS documents them (burst, calls a second). */
const AWS_BUCKETS = {
  /** RunTask, StopTask. */
  clusterModify: { name: 'cluster-modify', burst: 100, perSecond: 40 },
  /** RunTask on Fargate. */
  fargateLaunch: { name: 'fargate-launch', burst: 20, perSecond: 20 },
  /** Tasks on Fargate on demand, in the regions with most of it; see {@link fargateTaskLimits}. */
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

/** GetLogEvents a second in the regions that differ from most. */
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

/** Regions in which Fargate launches 100 tasks at once and 20 a second; AWS General Reference, Amazon ECS quotas. */
const FARGATE_REGIONS: ReadonlySet<string> = new Set([
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  ...['ap-northeast-1', 'ap-northeast-2', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
]);

/** How many tasks Fargate launches at once and a second in a region, on demand and on Spot each. */
export function fargateTaskLimits(region: string): { readonly burst: number; readonly perSecond: number } {
  return FARGATE_REGIONS.has(region) ? { burst: 100, perSecond: 20 } : { burst: 25, perSecond: 5 };
}
const MOST_CLIENTS = 200;

/** People look at logs too: this part of the rate is theirs. */
const LOGS_READ_LEFT_TO_OTHERS = 0.2;

/** How many GetLogEvents a second AWS allows an account in a region. */
export function logsReadPerSecond(region: string): number {
  return LOGS_READ_OF_REGION[region] ?? AWS_BUCKETS.logsRead.perSecond;
}

/** How many FilterLogEvents a second AWS allows an account in a region: the fewest where the quota is not known. */
function logsFilterPerSecond(region: string): number {
  if (region === 'us-east-1') return 25;
  return logsReadPerSecond(region) < AWS_BUCKETS.logsRead.perSecond ? 5 : AWS_BUCKETS.logsFilter.perSecond;
}

/** Left free of every bucket: nobody's clock is exact, and people look too. */
const MARGIN = { burst: 0.1, perSecond: 0.05 };

export type BucketName = keyof typeof AWS_BUCKETS;

/** A budget of calls: a call is sent when `acquire` resolves, and one of the others is told how it went. */
export type CallBudget = Pick<RateBudget, 'acquire' | 'accepted' | 'throttled' | 'unused'>;

/** The budgets of one account in one region. */
export type AccountBudgets = Readonly<Record<BucketName, CallBudget>>;

/** The rates that AWS allows an account in a region. The worker uses 95 % of each rate and 90 % of each burst. */
export type EcsBudgetLimits = (region: string) => Readonly<Record<BucketName, BucketLimits>>;

/** Hands out budgets by account and region. */
export interface EcsBudgets {
  /** Budgets for clients whose account is not known yet. */
  ofClients(clientsKey: string, region: string): AccountBudgets;
  /** Budgets of these clients from now on: an ARN told their account. */
  join(clientsKey: string, account: string, region: string): AccountBudgets;
}

/**
 * Hands out budgets by account and region. Which account credentials belong to is learned from the first ARN they
 * meet; until then each set of credentials has budgets of its own.
 */
@injectable()
export class BudgetRegistry implements EcsBudgets {
  readonly #byAccount = new Map<string, AccountBudgets>();
  /** Of clients whose account is not known yet. */
  readonly #byClients = new BoundedMap<string, AccountBudgets>(MOST_CLIENTS);

  constructor(
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(TOKENS.Meter) private readonly meter: Meter,
    @inject(ECS_TOKENS.BudgetLimits) private readonly limitsOf: EcsBudgetLimits,
  ) {}

  /** Budgets for clients whose account is not known yet. */
  ofClients(clientsKey: string, region: string): AccountBudgets {
    const budgets = this.#byClients.get(clientsKey) ?? this.#made(region);
    this.#byClients.set(clientsKey, budgets);
    return budgets;
  }

  /** Makes the budgets of these clients the account's, or adopts the account's. */
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

/** The rates that AWS documents for a region. */
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
