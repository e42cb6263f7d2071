import type { Clock } from '@worker-host/core';
import type { AwsCredentialsValue } from '../../aws/aws-credentials-value.js';
import type { HttpHandler } from '../../aws/connection/bounded-answers.js';
import { type ClientSettings, decideClientSettings } from '../../aws/connection/client-settings.js';
import { assertEndpoint, assertEndpoints } from '../../aws/connection/endpoints.js';
import { type CredentialProvider, toSdkClientConfig } from '../../aws/connection/sdk-client-config.js';
import { credentialProviderFor } from '../../aws/connection/sdk-credentials.js';
import { noteCall } from '../../aws/errors/aws-error-facts.js';
import type { Environment } from '../../aws/region.js';
import { HttpRequest, parseXML, SignatureV4 } from '../../aws/sdk/signing.js';
import { type AwsQuery, objectIn, type QueryService, type QueryValues, textIn } from './aws-query.js';
import { formOf, placeOf, SERVICE_FORMS, type ServiceForm } from './query-services.js';
import { Sha256 } from './sha256.js';

/** State that the calls of all regions share. */
interface Shared {
  readonly settings: ClientSettings;
  readonly environment: Environment;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly credentials: CredentialProvider;
  readonly handler: HttpHandler;
  clockAheadMs: number | null;
}

/**
 * Signs and sends calls with the SDK's signer, credentials and connections, but without its clients: those of seven
 * more services would double the installed size, for a few calls that a user starts.
 */
export class SignedAwsQuery implements AwsQuery {
  private constructor(
    private readonly shared: Shared,
    readonly region: string,
  ) {}

  static async open(
    given: AwsCredentialsValue | null,
    region: string,
    { environment, clock }: { readonly environment: Environment; readonly clock: Pick<Clock, 'nowMs'> },
  ): Promise<SignedAwsQuery> {
    const settings = { ...decideClientSettings(given, environment), region };
    assertEndpoints(environment);
    assertEndpoint('endpoint_url of aws_client_parameters', settings.endpointUrl ?? '');
    const credentials = await credentialProviderFor(settings, () => clock.nowMs());
    const { requestHandler } = await toSdkClientConfig(settings, null);
    const shared = { settings, environment, clock, credentials, handler: requestHandler, clockAheadMs: null };
    return new SignedAwsQuery(shared, region);
  }

  get clockAheadMs(): number | null {
    return this.shared.clockAheadMs;
  }

  in(region: string): AwsQuery {
    return new SignedAwsQuery(this.shared, region);
  }

  close(): void {
    this.shared.handler.destroy();
  }

  async call(service: QueryService, action: string, input: QueryValues = {}): Promise<QueryValues> {
    try {
      return await this.#send(service, action, input);
    } catch (error) {
      noteCall(error, { operation: `${service}:${action}`, region: this.region });
      throw error;
    }
  }

  async #send(service: QueryService, action: string, input: QueryValues): Promise<QueryValues> {
    const { credentials, handler, clock } = this.shared;
    const form = SERVICE_FORMS[service];
    const { url, region } = this.#endpointOf(service, form);
    const signer = new SignatureV4({ credentials, region, service: form.signingName, sha256: Sha256 });
    const { body, headers } = bodyOf(form, action, input);
    const request = new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: '/',
      headers: { host: url.host, ...headers },
      body,
    });
    const signed = await signer.sign(request, { signingDate: new Date(clock.nowMs()) });
    const { response } = await handler.handle(new HttpRequest(signed));
    const text = Buffer.from(response.body as Uint8Array).toString('utf8');
    this.#noteTime(response.headers.date);
    if (response.statusCode >= 300) throw errorOf(response.statusCode, text);
    return answerOf(form, action, text);
  }

  #endpointOf(service: QueryService, form: ServiceForm): { readonly url: URL; readonly region: string } {
    const { settings, environment } = this.shared;
    const { host, region } = placeOf(service, this.region);
    const named =
      settings.endpointUrl || environment[`AWS_ENDPOINT_URL_${form.endpointName}`] || environment.AWS_ENDPOINT_URL;
    return {
      url: new URL(named || `${settings.useTls ? 'https' : 'http'}://${host}`),
      region: named ? this.region : region,
    };
  }

  #noteTime(date: string | undefined): void {
    const serverMs = Date.parse(date ?? '');
    if (!Number.isNaN(serverMs)) this.shared.clockAheadMs = serverMs - this.shared.clock.nowMs();
  }
}

function bodyOf(form: ServiceForm, action: string, input: QueryValues) {
  if (form.protocol === 'json') {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${form.version}.${action}` };
    if (form.signingName === 'sqs') headers['content-type'] = 'application/x-amz-json-1.0';
    return { headers, body: JSON.stringify(input) };
  }
  const fields = [['Action', action], ['Version', form.version], ...formOf(input, form.protocol)] as [string, string][];
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  return { headers, body: new URLSearchParams(fields).toString() };
}

function answerOf(form: ServiceForm, action: string, text: string): QueryValues {
  if (form.protocol === 'json') return objectIn(text === '' ? {} : JSON.parse(text));
  const answer = objectIn(objectIn(parseXML(text))[`${action}Response`]);
  return form.protocol === 'ec2' ? answer : objectIn(answer[`${action}Result`]);
}

/** Creates an error in the shape of the SDK. */
function errorOf(httpStatusCode: number, text: string): Error {
  const fault = /^\s*<(?:!doctype|html)/i.test(text) ? { code: '', message: '' } : faultOf(text);
  return Object.assign(new Error(fault.message || `HTTP status ${httpStatusCode}`), {
    name: fault.code || 'UnknownError',
    $metadata: { httpStatusCode },
  });
}

function faultOf(text: string): { readonly code: string; readonly message: string } {
  try {
    if (!text.startsWith('<')) {
      const fault: unknown = JSON.parse(text);
      const code = textIn(fault, '__type').replace(/^.*#/, '');
      return { code, message: textIn(fault, 'message') || textIn(fault, 'Message') };
    }
    const answer = objectIn(parseXML(text));
    const error = objectIn(objectIn(answer.ErrorResponse).Error);
    const ofEc2 = objectIn(objectIn(objectIn(answer.Response).Errors).Error);
    const fault = Object.keys(error).length > 0 ? error : ofEc2;
    return { code: textIn(fault, 'Code'), message: textIn(fault, 'Message') };
  } catch {
    return {
      code: '',
      message: text
        .replace(/<[^>]*>|\s+/g, ' ')
        .trim()
        .slice(0, 200),
    };
  }
}
