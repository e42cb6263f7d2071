import type { QueryService } from './aws-query.js';

/** How to call a service. */
export interface ServiceForm {
  /** `query` and `ec2`: a form as request, XML as response. `json`: JSON for both. */
  readonly protocol: 'query' | 'ec2' | 'json';
  /** API version of a form, or prefix of the target header. */
  readonly version: string;
  /** First part of the host name. */
  readonly host: string;
  /** Signing name. */
  readonly signingName: string;
  /** Suffix of `AWS_ENDPOINT_URL_…`. */
  readonly endpointName: string;
}

const query = (host: string, version: string, endpointName: string): ServiceForm => ({
  protocol: 'query',
  version,
  host,
  signingName: host,
  endpointName,
});

const json = (host: string, version: string, endpointName: string, signingName = host): ServiceForm => ({
  protocol: 'json',
  version,
  host,
  signingName,
  endpointName,
});

/** Versions and targets from AWS's service models. */
export const SERVICE_FORMS: Readonly<Record<QueryService, ServiceForm>> = {
  cloudformation: query('cloudformation', '2010-05-15', 'CLOUDFORMATION'),
  cloudwatch: query('monitoring', '2010-08-01', 'CLOUDWATCH'),
  ec2: { ...query('ec2', '2016-11-15', 'EC2'), protocol: 'ec2' },
  ecr: json('api.ecr', 'AmazonEC2ContainerRegistry_V20150921', 'ECR', 'ecr'),
  ecs: json('ecs', 'AmazonEC2ContainerServiceV20141113', 'ECS'),
  events: json('events', 'AWSEvents', 'EVENTBRIDGE'),
  iam: query('iam', '2010-05-08', 'IAM'),
  kms: json('kms', 'TrentService', 'KMS'),
  logs: json('logs', 'Logs_20140328', 'CLOUDWATCH_LOGS'),
  secretsmanager: json('secretsmanager', 'secretsmanager', 'SECRETS_MANAGER'),
  servicequotas: json('servicequotas', 'ServiceQuotasV20190624', 'SERVICE_QUOTAS'),
  sqs: json('sqs', 'AmazonSQS', 'SQS'),
  ssm: json('ssm', 'AmazonSSM', 'SSM'),
  sts: query('sts', '2011-06-15', 'STS'),
};

/** Returns the endpoint of a service in a region, and its signing region. IAM has one endpoint per partition. */
export function placeOf(service: QueryService, region: string): { readonly host: string; readonly region: string } {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  if (service !== 'iam') return { host: `${SERVICE_FORMS[service].host}.${region}.${suffix}`, region };
  if (region.startsWith('cn-')) return { host: `iam.cn-north-1.${suffix}`, region: 'cn-north-1' };
  if (region.startsWith('us-gov-')) return { host: `iam.us-gov.${suffix}`, region: 'us-gov-west-1' };
  return { host: `iam.${suffix}`, region: 'us-east-1' };
}

/** Returns the members of an input as form fields: `Names.member.1` for a query, `Names.1` for EC2. */
export function formOf(input: unknown, protocol: 'query' | 'ec2', prefix = ''): readonly (readonly [string, string])[] {
  if (input === null || input === undefined) return [];
  if (Array.isArray(input)) {
    const middle = protocol === 'query' ? '.member' : '';
    return input.flatMap((item: unknown, index) => formOf(item, protocol, `${prefix}${middle}.${index + 1}`));
  }
  if (typeof input === 'object')
    return Object.entries(input).flatMap(([name, value]) =>
      formOf(value, protocol, prefix === '' ? name : `${prefix}.${name}`),
    );
  return [[prefix, String(input)]];
}
