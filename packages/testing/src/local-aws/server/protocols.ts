import type { IncomingHttpHeaders } from 'node:http';

import { AwsError } from './aws-error.js';
import type { Answer, Call, Params, ServiceName } from './operation.js';
import { parseQueryParams } from './query-params.js';
import { toXml } from './xml.js';

export type Protocol = 'json-1.0' | 'json-1.1' | 'ec2' | 'query';

/** A call as parsed from the wire. */
export interface WireCall extends Call {
  readonly protocol: Protocol;
}

/** A response as sent on the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const TARGETS: Readonly<Record<string, { service: ServiceName; protocol: Protocol }>> = {
  AmazonEC2ContainerServiceV20141113: { service: 'ecs', protocol: 'json-1.1' },
  Logs_20140328: { service: 'logs', protocol: 'json-1.1' },
  AmazonSQS: { service: 'sqs', protocol: 'json-1.0' },
  AWSEvents: { service: 'events', protocol: 'json-1.1' },
  AmazonEC2ContainerRegistry_V20150921: { service: 'ecr', protocol: 'json-1.1' },
  GraniteServiceVersion20100801: { service: 'cloudwatch', protocol: 'json-1.0' },
  ServiceQuotasV20190624: { service: 'servicequotas', protocol: 'json-1.1' },
};

const EC2_VERSION = /^2016-/;
const EC2_NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** Services of the query protocol by the API version in their requests. */
const QUERY_SERVICES: Readonly<Record<string, { readonly service: ServiceName; readonly namespace: string }>> = {
  '2011-06-15': { service: 'sts', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
  '2010-05-08': { service: 'iam', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
  '2010-08-01': { service: 'cloudwatch', namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/' },
};

/** Reads service, operation and parameters from a request. Throws an {@link AwsError} for unknown services. */
export function readWireCall(headers: IncomingHttpHeaders, body: string): WireCall {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return readJsonCall(target, body);
  const form = new URLSearchParams(body);
  const operation = form.get('Action');
  if (operation === null)
    throw new AwsError('UnknownOperationException', 'The request names no operation.', { status: 404 });
  const version = form.get('Version') ?? '';
  const query = QUERY_SERVICES[version];
  if (query === undefined && version !== '' && !EC2_VERSION.test(version))
    throw new AwsError('InvalidAction', `The local AWS has no service that answers ${operation} (API ${version}).`);
  form.delete('Action');
  form.delete('Version');
  return {
    service: query?.service ?? 'ec2',
    operation,
    params: parseQueryParams(form),
    protocol: query === undefined ? 'ec2' : 'query',
  };
}

function readJsonCall(target: string, body: string): WireCall {
  const [prefix = '', operation = ''] = target.split('.');
  const known = TARGETS[prefix];
  if (known === undefined)
    throw new AwsError('UnknownOperationException', `No service answers to ${prefix}.`, { status: 404 });
  let params: unknown;
  try {
    params = body === '' ? {} : JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'The body of the request is no JSON.');
  }
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw new AwsError('SerializationException', 'Start of structure or map found where not expected.');
  }
  return { ...known, operation, params: params as Params };
}

/** Writes a result in the protocol of the call. */
export function writeResult(call: WireCall, requestId: string, result: Answer): WireAnswer {
  switch (call.protocol) {
    case 'ec2': {
      const inner = toXml({ requestId, ...result }, 'item');
      const body = `<${call.operation}Response xmlns="${EC2_NAMESPACE}">${inner}</${call.operation}Response>`;
      return xmlAnswer(200, requestId, body);
    }
    case 'query': {
      const inner = `<${call.operation}Result>${toXml(result, 'member')}</${call.operation}Result>`;
      const metadata = toXml({ ResponseMetadata: { RequestId: requestId } }, 'member');
      const body = `<${call.operation}Response xmlns="${namespaceOf(call.service)}">${inner}${metadata}</${call.operation}Response>`;
      return xmlAnswer(200, requestId, body);
    }
    default:
      return jsonAnswer(200, requestId, call.protocol, result);
  }
}

function namespaceOf(service: ServiceName): string {
  return Object.values(QUERY_SERVICES).find((each) => each.service === service)?.namespace ?? '';
}

/** Writes an error in the format of a protocol. */
export function writeError(protocol: Protocol, requestId: string, error: AwsError): WireAnswer {
  const fault = { Code: error.awsCode, Message: error.message };
  switch (protocol) {
    case 'ec2':
      return xmlAnswer(
        error.status,
        requestId,
        toXml({ Response: { Errors: { Error: fault }, RequestID: requestId } }, 'item'),
      );
    case 'query': {
      const type = error.status < 500 ? 'Sender' : 'Receiver';
      const inner = toXml({ Error: { Type: type, ...fault }, RequestId: requestId }, 'member');
      return xmlAnswer(error.status, requestId, `<ErrorResponse>${inner}</ErrorResponse>`);
    }
    default: {
      const body = { __type: error.awsCode, message: error.message, ...error.fields };
      const answer = jsonAnswer(error.status, requestId, protocol, body);
      if (error.queryCode === null) return answer;
      return { ...answer, headers: { ...answer.headers, 'x-amzn-query-error': `${error.queryCode};Sender` } };
    }
  }
}

function jsonAnswer(status: number, requestId: string, protocol: Protocol, body: unknown): WireAnswer {
  const version = protocol === 'json-1.0' ? '1.0' : '1.1';
  const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amzn-requestid': requestId };
  return { status, headers, body: JSON.stringify(body, secondsOfTimes) };
}

/** In JSON, times are seconds since the epoch. */
function secondsOfTimes(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const given = this[key];
  return given instanceof Date ? given.getTime() / 1000 : value;
}

function xmlAnswer(status: number, requestId: string, body: string): WireAnswer {
  const headers = { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId };
  return { status, headers, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` };
}
