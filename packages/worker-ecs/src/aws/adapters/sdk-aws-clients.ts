import { createHash } from 'node:crypto';
import {
  type Logger,
  type SecretRegistry,
  secretsOfAddress,
  shownAddress,
  TOKENS,
  type WorkerOptions,
} from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import { lazy } from '../../utilities/lazy.js';
import type { AwsClients, AwsClientsProvider } from '../aws-clients.js';
import type { AwsCredentialsValue } from '../aws-credentials-value.js';
import { type ClientSettings, decideClientSettings } from '../connection/client-settings.js';
import { RememberedKeys } from '../connection/remembered-keys.js';
import { type RequestHandler, toSdkClientConfig } from '../connection/sdk-client-config.js';
import type { AwsCredentialSource } from '../connection/sdk-credential-source.js';
import { AwsRegionMissingError } from '../errors/access-errors.js';
import { type Environment, environmentRegion } from '../region.js';
import { namedCalls } from './named-calls.js';
import { SdkEc2Api } from './sdk-ec2-api.js';
import { SdkEcsApi } from './sdk-ecs-api.js';
import { SdkLogsApi } from './sdk-logs-api.js';
import { SdkSqsApi } from './sdk-sqs-api.js';
import { SdkStsApi } from './sdk-sts-api.js';

const SQS_REQUEST_TIMEOUT_MS = 35_000;
/** The rate budget retries calls to ECS itself: a retry of the SDK would not be counted. */
const ECS_MAX_ATTEMPTS = 1;
const KEPT_CLIENTS = 200;

/**
 * Clients of the AWS SDK, cached by credentials and region. If there are very many, the least recently used are closed.
 */
@injectable()
export class SdkAwsClientsProvider implements AwsClientsProvider {
  readonly #kept = new Map<string, { readonly clients: Promise<AwsClients>; close(): void }>();
  readonly #warned = new Set<string>();
  private readonly environment: Environment;

  constructor(
    @inject(TOKENS.WorkerOptions) { environment }: Pick<WorkerOptions, 'environment'>,
    @inject(TOKENS.Secrets) private readonly secrets: Pick<SecretRegistry, 'addAll' | 'scope'>,
    @inject(TOKENS.Logger) private readonly logger: Logger,
    @inject(ECS_TOKENS.AwsCredentialSource) private readonly source: AwsCredentialSource,
    @inject(ECS_TOKENS.AwsRequestHandler) private readonly requestHandler: RequestHandler | null,
  ) {
    this.environment = environment;
    const { AWS_SECRET_ACCESS_KEY: ownKey, AWS_SESSION_TOKEN: ownToken } = environment;
    secrets.addAll([ownKey ?? null, ownToken ?? null]);
    // Logged below as one line; the SDK would write seven lines to standard error.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    warnOfOldNode(process.version, logger);
  }

  clientsFor(credentials: AwsCredentialsValue | null, regionName?: string | null): Promise<AwsClients> {
    const decided = decideClientSettings(credentials, this.environment);
    const settings = regionName ? { ...decided, region: regionName } : decided;
    const key = keyOf(settings);
    const kept = this.#kept.get(key);
    if (kept) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept.clients;
    }
    this.#warnOfIgnored(settings);
    this.#warnOfConnection(settings);
    const made = this.#make(key, settings);
    this.#kept.set(key, made);
    made.clients.catch(() => {
      this.#kept.delete(key);
      made.close();
    });
    this.#letGoOfOldest();
    return made.clients;
  }

  close(): void {
    for (const { close } of this.#kept.values()) close();
    this.#kept.clear();
  }

  #make(key: string, decided: ClientSettings): { readonly clients: Promise<AwsClients>; close(): void } {
    const apis: { close(): void }[] = [];
    const keys = new RememberedKeys(this.secrets);
    const scope = this.secrets.scope();
    scope.addAll(secretsOf(decided));
    const clients = this.#regionOf(decided).then((region): AwsClients => {
      const settings = { ...decided, region };
      const { requestHandler } = this;
      const credentials = lazy(async () => keys.of(await this.source.providerFor(settings)));
      const configure = lazy(async () => toSdkClientConfig(settings, await credentials(), { requestHandler }));
      const configureEcs = lazy(async () =>
        toSdkClientConfig(settings, await credentials(), { maxAttempts: ECS_MAX_ATTEMPTS, requestHandler }),
      );
      const configureSqs = lazy(async () =>
        toSdkClientConfig(settings, await credentials(), {
          minRequestTimeoutMs: SQS_REQUEST_TIMEOUT_MS,
          requestHandler,
        }),
      );
      const ecs = new SdkEcsApi(configureEcs);
      const ec2 = new SdkEc2Api(configure);
      const logs = new SdkLogsApi(configure);
      const sqs = new SdkSqsApi(configureSqs);
      const sts = new SdkStsApi(configure);
      apis.push(ecs, ec2, logs, sqs, sts);
      return {
        key,
        region,
        ecs: namedCalls('ecs', region, ecs),
        ec2: namedCalls('ec2', region, ec2),
        logs: namedCalls('logs', region, logs),
        sqs: namedCalls('sqs', region, sqs),
        sts: namedCalls('sts', region, sts),
      };
    });
    const close = (): void => {
      for (const api of apis) api.close();
      keys.forget();
      scope.dispose();
    };
    return { clients, close };
  }

  async #regionOf(settings: ClientSettings): Promise<string> {
    if (settings.region) return settings.region;
    const probe = new SdkEcsApi(() => toSdkClientConfig(settings, null));
    try {
      return await probe.region();
    } catch (error) {
      const fallback = environmentRegion(this.environment);
      if (fallback) return fallback;
      throw new AwsRegionMissingError(settings.source.kind === 'chain' ? settings.source.profileName : null, {
        cause: error,
      });
    } finally {
      probe.close();
    }
  }

  #warnOfIgnored(settings: ClientSettings): void {
    const names = settings.ignored.filter((name) => !this.#warned.has(name));
    if (names.length === 0) return;
    for (const name of names) this.#warned.add(name);
    this.logger.warn('Some keys of aws_credentials have no effect and are ignored', { keys: names });
  }

  /**
   * Logged once for each: an intermediary can read the traffic, or the credentials are sent to an address that is not
   * AWS's.
   */
  #warnOfConnection({ endpointUrl, useTls, verify }: ClientSettings): void {
    const facts = [
      ...(verify === false ? ['certificates are not verified'] : []),
      ...(useTls || endpointUrl !== null ? [] : ['connections are not encrypted']),
      ...(endpointUrl === null ? [] : [`requests go to ${shownAddress(endpointUrl)}`]),
    ];
    const text = facts.join(', ');
    if (text === '' || this.#warned.has(text)) return;
    this.#warned.add(text);
    this.logger.warn(`aws_credentials change the calls to AWS: ${text}`);
  }

  #letGoOfOldest(): void {
    const oldest = this.#kept.keys().next();
    if (this.#kept.size <= KEPT_CLIENTS || oldest.done) return;
    this.#kept.get(oldest.value)?.close();
    this.#kept.delete(oldest.value);
  }
}

/** Secret parts of the settings. */
function secretsOf({ source, role, endpointUrl }: ClientSettings): readonly (string | null)[] {
  const externalId = role?.parameters.ExternalId;
  return [
    ...(source.kind === 'keys' ? [source.secretAccessKey, source.sessionToken] : []),
    typeof externalId === 'string' ? externalId : null,
    role?.mfaCode ?? null,
    ...(endpointUrl === null ? [] : secretsOfAddress(endpointUrl)),
  ];
}

function keyOf(settings: ClientSettings): string {
  const digest = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
  return `${settings.region ?? 'profile'}:${digest}`;
}

/** Oldest Node version that the AWS SDK supports from January 2027. */
const SDK_NODE_MAJOR = 22;

/** @internal @param version as `process.version` */
export function warnOfOldNode(version: string, logger: Logger): void {
  if (Number.parseInt(version.slice(1), 10) >= SDK_NODE_MAJOR) return;
  logger.warn(`The AWS SDK drops this version of Node in January 2027; use Node ${SDK_NODE_MAJOR} or newer`, {
    node: version,
  });
}
