import type { Clock, Finding } from '@worker-host/core';
import { fargateTaskLimits } from '../../aws/budgets/account-budgets.js';
import { objectsIn } from '../../task-run/capacity.js';
import { type AwsQuery, listIn, objectIn, type QueryValues, textIn } from '../aws/aws-query.js';
import { type CheckContext, checking, failed, isNamed, ok, warning } from './check-context.js';
import { taskSizeOf } from './instance-checks.js';

const QUOTAS = { FARGATE: 'L-3032A538', FARGATE_SPOT: 'L-36FBB829' } as const;
const WATCHED_MS = 20 * 60_000;
const NEARLY_FULL = 0.8;

/** Compares the vCPUs and the launches of Fargate in use with what the account has of them. */
export async function checkQuotas(context: CheckContext, clock: Pick<Clock, 'nowMs'>): Promise<readonly Finding[]> {
  const { request } = context.facts;
  const providers = objectsIn(request.capacityProviderStrategy).map(({ capacityProvider }) => String(capacityProvider));
  const used = request.launchType === 'FARGATE' ? ['FARGATE'] : providers;
  const codes = Object.entries(QUOTAS).filter(([name]) => used.includes(name));
  if (codes.length === 0) return [];
  const size = taskSizeOf(context.facts).cpu / 1024;
  const findings = codes.map(([name, code]) => checkQuota(context, { name, code, size, clock }));
  return (await Promise.all([...findings, checkLaunchRate(context, clock)])).flat();
}

function checkQuota(
  { query }: CheckContext,
  given: { readonly name: string; readonly code: string; readonly size: number; readonly clock: Pick<Clock, 'nowMs'> },
): Promise<readonly Finding[]> {
  const { name, code, size, clock } = given;
  const check = `quota of ${name}`;
  return checking(check, async () => {
    const quota = await quotaOf(code, query);
    const limit = Number(quota.Value);
    const { MetricNamespace, MetricName, MetricDimensions } = objectIn(quota.UsageMetric);
    const metric = { Namespace: MetricNamespace, MetricName, Dimensions: objectIn(MetricDimensions) };
    const points = await pointsOf(metric, { query, clock, periodSeconds: 300, statistic: 'Maximum' });
    const inUse = points.at(-1) ?? 0;
    const found = `${inUse} of ${limit} vCPUs are in use.`;
    const fix = `Run: aws service-quotas request-service-quota-increase --service-code fargate --quota-code ${code} --desired-value ${Math.max(limit * 2, 1)} --region ${query.region}`;
    if (inUse + size > limit)
      return [failed(check, `${found} A task of ${size} vCPU does not fit.`, `Wait for tasks to end. ${fix}`)];
    return inUse >= limit * NEARLY_FULL ? [warning(check, found, fix)] : [ok(check, found)];
  });
}

/** The account's own value, else the one that AWS gives everybody. */
async function quotaOf(code: string, query: AwsQuery): Promise<QueryValues> {
  const named = { ServiceCode: 'fargate', QuotaCode: code };
  try {
    return objectIn((await query.call('servicequotas', 'GetServiceQuota', named)).Quota);
  } catch (error) {
    if (!isNamed(error, 'NoSuchResourceException')) throw error;
    return objectIn((await query.call('servicequotas', 'GetAWSDefaultServiceQuota', named)).Quota);
  }
}

/** AWS limits how many tasks an account launches a second; all that launch in it share that. */
function checkLaunchRate({ query }: CheckContext, clock: Pick<Clock, 'nowMs'>): Promise<readonly Finding[]> {
  const check = 'launch rate';
  return checking(check, async () => {
    const { perSecond } = fargateTaskLimits(query.region);
    const Dimensions = { Service: 'ECS', Type: 'API', Resource: 'RunTask', Class: 'None' };
    const metric = { Namespace: 'AWS/Usage', MetricName: 'CallCount', Dimensions };
    const points = await pointsOf(metric, { query, clock, periodSeconds: 60, statistic: 'Sum' });
    const limit = `Fargate launches ${perSecond} tasks a second in ${query.region}`;
    if (points.length === 0)
      return [ok(check, `${limit}; CloudWatch counts no calls of RunTask in the last 20 minutes.`)];
    const most = Math.max(...points);
    const found = `${limit}; the busiest of the last 20 minutes had ${most} calls of RunTask (${(most / 60).toFixed(1)} a second).`;
    if (most < perSecond * 60 * NEARLY_FULL) return [ok(check, found)];
    return [
      warning(check, found, 'Launch less from this account, spread schedules, or ask AWS Support for a higher rate.'),
    ];
  });
}

interface Metric {
  readonly Namespace: unknown;
  readonly MetricName: unknown;
  readonly Dimensions: QueryValues;
}

/** Values of a metric in the last twenty minutes, the latest last. */
async function pointsOf(
  { Namespace, MetricName, Dimensions }: Metric,
  given: {
    readonly query: AwsQuery;
    readonly clock: Pick<Clock, 'nowMs'>;
    readonly periodSeconds: number;
    readonly statistic: 'Maximum' | 'Sum';
  },
): Promise<readonly number[]> {
  const nowMs = given.clock.nowMs();
  const answer = await given.query.call('cloudwatch', 'GetMetricStatistics', {
    Namespace,
    MetricName,
    Dimensions: Object.entries(Dimensions).map(([Name, Value]) => ({ Name, Value })),
    StartTime: new Date(nowMs - WATCHED_MS).toISOString(),
    EndTime: new Date(nowMs).toISOString(),
    Period: given.periodSeconds,
    Statistics: [given.statistic],
  });
  return [...listIn(answer, 'Datapoints')]
    .sort((a, b) => (textIn(a, 'Timestamp') < textIn(b, 'Timestamp') ? -1 : 1))
    .map((point) => Number(textIn(point, given.statistic)));
}
