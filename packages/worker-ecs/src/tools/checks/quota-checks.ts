import type { Clock, Finding } from '@worker-host/core';
import { objectsIn } from '../../task-run/capacity.js';
import { listIn, objectIn, textIn } from '../aws/aws-query.js';
import { type CheckContext, checking, failed, ok, warning } from './check-context.js';

const QUOTAS = { FARGATE: 'L-3032A538', FARGATE_SPOT: 'L-36FBB829' } as const;
const PERIOD_SECONDS = 300;
const NEARLY_FULL = 0.8;

/** Compares the vCPUs of Fargate in use with the quota of the account. */
export async function checkQuotas(context: CheckContext, clock: Pick<Clock, 'nowMs'>): Promise<readonly Finding[]> {
  const { request, definition } = context.facts;
  const providers = objectsIn(request.capacityProviderStrategy).map(({ capacityProvider }) => String(capacityProvider));
  const used = request.launchType === 'FARGATE' ? ['FARGATE'] : providers;
  const codes = Object.entries(QUOTAS).filter(([name]) => used.includes(name));
  const size = Number(definition.cpu ?? 0) / 1024;
  const findings = codes.map(([name, code]) => checkQuota(context, { name, code, size, clock }));
  return (await Promise.all(findings)).flat();
}

function checkQuota(
  { query }: CheckContext,
  given: { readonly name: string; readonly code: string; readonly size: number; readonly clock: Pick<Clock, 'nowMs'> },
): Promise<readonly Finding[]> {
  const { name, code, size, clock } = given;
  const check = `quota of ${name}`;
  return checking(check, async () => {
    const { Quota } = await query.call('servicequotas', 'GetServiceQuota', { ServiceCode: 'fargate', QuotaCode: code });
    const limit = Number(objectIn(Quota).Value);
    const { MetricNamespace, MetricName, MetricDimensions } = objectIn(objectIn(Quota).UsageMetric);
    const nowMs = clock.nowMs();
    const answer = await query.call('cloudwatch', 'GetMetricStatistics', {
      Namespace: MetricNamespace,
      MetricName,
      Dimensions: Object.entries(objectIn(MetricDimensions)).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(nowMs - 4 * PERIOD_SECONDS * 1000).toISOString(),
      EndTime: new Date(nowMs).toISOString(),
      Period: PERIOD_SECONDS,
      Statistics: ['Maximum'],
    });
    const points = [...listIn(answer, 'Datapoints')].sort((a, b) =>
      textIn(a, 'Timestamp') < textIn(b, 'Timestamp') ? -1 : 1,
    );
    const inUse = Number(textIn(points.at(-1), 'Maximum') || 0);
    const found = `${inUse} of ${limit} vCPUs are in use.`;
    const fix = `Run: aws service-quotas request-service-quota-increase --service-code fargate --quota-code ${code} --desired-value ${Math.max(limit * 2, 1)} --region ${query.region}`;
    if (inUse + size > limit)
      return [failed(check, `${found} A task of ${size} vCPU has no room.`, `Wait for tasks to end. ${fix}`)];
    return inUse >= limit * NEARLY_FULL ? [warning(check, found, fix)] : [ok(check, found)];
  });
}
