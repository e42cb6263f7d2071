import { Readable } from 'node:stream';
import type { JsonObject } from '@worker-host/core';
import { AwsFault } from './aws-fault.js';
import type { FakeWorld } from './fake-world.js';
import { readQuery } from './query-protocol.js';
import { toXml } from './xml.js';

interface SentRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** Passes the requests of the AWS SDK to a fake world instead of the network. */
export class FakeAwsHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };

  constructor(private readonly world: () => FakeWorld) {}

  async handle(request: SentRequest): Promise<{ readonly response: Answer }> {
    const { accessKeyId, region } = readAuthorization(request.headers.authorization ?? '');
    const body = textOf(request.body);
    const target = request.headers['x-amz-target'];
    const { operation, params } = target
      ? { operation: target.split('.').at(-1) ?? '', params: JSON.parse(body || '{}') as JsonObject }
      : readQuery(body);
    const port = request.port ? `:${request.port}` : '';
    const endpoint = `${request.protocol}//${request.hostname}${port}${(request.path ?? '').replace(/\/+$/, '')}`;
    try {
      const answer = this.world().answer({ operation, params, region, accessKeyId, endpoint });
      return { response: target ? json(200, withEpochTimes(answer)) : xml(200, resultOf(operation, answer)) };
    } catch (error) {
      if (!(error instanceof AwsFault)) throw error;
      const { code, message } = error;
      const status = code.startsWith('Server') ? 500 : 400;
      if (target) return { response: json(status, { __type: code, message }) };
      return { response: xml(status, errorOf(operation, code, message)) };
    }
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {}
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body ?? '');
}

function readAuthorization(header: string): { readonly accessKeyId: string; readonly region: string } {
  const match = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(header);
  return { accessKeyId: match?.[1] ?? '', region: match?.[2] ?? '' };
}

function json(statusCode: number, body: JsonObject): Answer {
  return answer(statusCode, 'application/x-amz-json-1.1', JSON.stringify(body));
}

function xml(statusCode: number, body: string): Answer {
  return answer(statusCode, 'text/xml', body);
}

function answer(statusCode: number, contentType: string, body: string): Answer {
  return { statusCode, headers: { 'content-type': contentType }, body: Readable.from([Buffer.from(body)]) };
}

function resultOf(operation: string, result: JsonObject): string {
  switch (operation) {
    case 'DescribeVpcs':
      return toXml('DescribeVpcsResponse', { vpcSet: lowered(result.Vpcs) });
    case 'DescribeSubnets':
      return toXml('DescribeSubnetsResponse', { subnetSet: lowered(result.Subnets) });
    default:
      return toXml(`${operation}Response`, { [`${operation}Result`]: result });
  }
}

/** EC2 writes names of members with a lower-case first letter. */
function lowered(items: unknown): JsonObject[] {
  return (Array.isArray(items) ? items : []).map((item: JsonObject) =>
    Object.fromEntries(Object.entries(item).map(([key, value]) => [`${key[0]?.toLowerCase()}${key.slice(1)}`, value])),
  );
}

function errorOf(operation: string, Code: string, Message: string): string {
  if (operation.startsWith('Describe')) return toXml('Response', { Errors: { Error: { Code, Message } } });
  return toXml('ErrorResponse', { Error: { Type: 'Sender', Code, Message } });
}

/** The JSON protocol writes times as seconds since the epoch. */
function withEpochTimes(object: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(object), (key, value: unknown) =>
    typeof value === 'string' && key.endsWith('At') && !Number.isNaN(Date.parse(value))
      ? Date.parse(value) / 1000
      : value,
  ) as JsonObject;
}
