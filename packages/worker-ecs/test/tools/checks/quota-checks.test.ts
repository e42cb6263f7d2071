import type { Finding } from '@worker-host/core';
import { expect } from 'chai';
import type { AwsQuery, QueryValues } from '../../../src/tools/aws/aws-query.js';
import type { CheckContext } from '../../../src/tools/checks/check-context.js';
import { checkQuotas } from '../../../src/tools/checks/quota-checks.js';

const usage = { MetricNamespace: 'AWS/Usage', MetricName: 'ResourceCount', MetricDimensions: { Service: 'Fargate' } };
const NOW_MS = Date.parse('2026-01-02T03:04:05Z');

/** An account with a quota of its own or none, and calls of RunTask by minute. */
const checkWith = async (own: number | null, callsByMinute: readonly number[]): Promise<readonly Finding[]> => {
  const call = async (_service: string, action: string, input: QueryValues = {}): Promise<QueryValues> => {
    if (action === 'GetAWSDefaultServiceQuota') return { Quota: { Value: 6, UsageMetric: usage } };
    if (action === 'GetServiceQuota') {
      if (own === null) throw Object.assign(new Error('none'), { name: 'NoSuchResourceException' });
      return { Quota: { Value: own, UsageMetric: usage } };
    }
    if (input.MetricName !== 'CallCount') return { Datapoints: { member: { Timestamp: 't', Maximum: '2' } } };
    expect(input).to.deep.include({ Namespace: 'AWS/Usage', Period: 60, Statistics: ['Sum'] });
    return { Datapoints: { member: callsByMinute.map((Sum, minute) => ({ Timestamp: `t${minute}`, Sum: `${Sum}` })) } };
  };
  const query = { region: 'us-east-1', call } as unknown as AwsQuery;
  const facts = { request: { launchType: 'FARGATE' }, definition: { cpu: '1024' } };
  const context = { facts, query } as unknown as CheckContext;
  return checkQuotas(context, { nowMs: () => NOW_MS });
};

describe('checkQuotas', () => {
  it("compares with the account's quota, or with the one that everybody has", async () => {
    const [own] = await checkWith(100, []);
    const [common] = await checkWith(null, []);

    expect(own?.found).to.equal('2 of 100 vCPUs are in use.');
    expect(common?.found).to.equal('2 of 6 vCPUs are in use.');
  });

  it('warns where the account launches nearly as fast as Fargate lets it', async () => {
    const [, calm] = await checkWith(100, [3, 300]);
    const [, busy] = await checkWith(100, [1190, 3]);
    const [, unknown] = await checkWith(100, []);

    expect(calm).to.include({ check: 'launch rate', status: 'ok' });
    expect(calm?.found)
      .to.contain('20 tasks a second in us-east-1')
      .and.to.contain('300 calls of RunTask (5.0 a second)');
    expect(busy).to.include({ status: 'warning' });
    expect(busy?.fix).to.contain('spread schedules');
    expect(unknown).to.include({ status: 'ok' });
  });
});
