import { AwsError } from '../server/aws-error.js';
import type { Answer, OperationTable, Params } from '../server/operation.js';

/** Quotas of Fargate in an account and region. They are reported but not enforced: use the fault `capacity`. */
export interface FargateQuotas {
  /** Maximum vCPUs of concurrent on-demand tasks. Default: 4000. */
  readonly onDemandVcpu?: number;
  /** Maximum vCPUs of concurrent Spot tasks. Default: 4000. */
  readonly spotVcpu?: number;
}

const DEFAULT_VCPU = 4000;

interface KnownQuota {
  readonly code: string;
  readonly name: string;
  readonly resource: 'OnDemand' | 'Spot';
  readonly value: number;
}

/** Service Quotas and the usage metrics of CloudWatch that they name, both for Fargate's vCPUs. */
export function quotaOperations(quotas: FargateQuotas): OperationTable {
  const known = knownQuotas(quotas);
  const quotaIn = (all: readonly KnownQuota[], params: Params): Answer => {
    const quota = all.find(({ code }) => params.ServiceCode === 'fargate' && params.QuotaCode === code);
    if (quota !== undefined) return { Quota: quotaElement(quota) };
    const message = 'The request failed because the specified resource does not exist.';
    throw new AwsError('NoSuchResourceException', message);
  };
  return {
    GetServiceQuota: (params) => quotaIn(known, params),
    GetAWSDefaultServiceQuota: (params) => quotaIn(knownQuotas({}), params),
    ListServiceQuotas: (params) => ({
      Quotas: params.ServiceCode === 'fargate' ? known.map(quotaElement) : [],
    }),
  };
}

/** @param vcpuInUse vCPUs of running Fargate tasks */
export function metricOperations(vcpuInUse: (isSpot: boolean) => number, nowMs: () => number): OperationTable {
  return {
    GetMetricStatistics: (params) => {
      const dimensions = (params.Dimensions ?? []) as readonly { readonly Name?: string; readonly Value?: string }[];
      const dimension = (name: string) => dimensions.find(({ Name }) => Name === name)?.Value;
      const isUsage = params.Namespace === 'AWS/Usage' && params.MetricName === 'ResourceCount';
      const isFargate = dimension('Service') === 'Fargate' && dimension('Type') === 'Resource';
      const timestamp = new Date(Math.floor(nowMs() / 60_000) * 60_000);
      const maximum = vcpuInUse(dimension('Resource') === 'Spot');
      return {
        Label: params.MetricName,
        Datapoints: isUsage && isFargate ? [{ Timestamp: timestamp, Maximum: maximum, Unit: 'None' }] : [],
      };
    },
  };
}

function knownQuotas({ onDemandVcpu = DEFAULT_VCPU, spotVcpu = DEFAULT_VCPU }: FargateQuotas): readonly KnownQuota[] {
  return [
    { code: 'L-3032A538', name: 'Fargate On-Demand vCPU resource count', resource: 'OnDemand', value: onDemandVcpu },
    { code: 'L-36FBB829', name: 'Fargate Spot vCPU resource count', resource: 'Spot', value: spotVcpu },
  ];
}

function quotaElement({ code, name, resource, value }: KnownQuota): Answer {
  return {
    ServiceCode: 'fargate',
    ServiceName: 'AWS Fargate',
    QuotaCode: code,
    QuotaName: name,
    Value: value,
    Adjustable: true,
    UsageMetric: {
      MetricNamespace: 'AWS/Usage',
      MetricName: 'ResourceCount',
      MetricDimensions: { Service: 'Fargate', Type: 'Resource', Resource: resource, Class: 'None' },
      MetricStatisticRecommendation: 'Maximum',
    },
  };
}
