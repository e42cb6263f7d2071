import { readFile } from 'node:fs/promises';
import type { ECSClientConfig } from '@aws-sdk/client-ecs';
import type { HttpHandler } from './bounded-answers.js';
import type { ClientSettings } from './client-settings.js';
import { agentsFor } from './proxy-agents.js';

const SDK_MAX_ATTEMPTS = 3;

/** A credential provider of the SDK, which caches the keys and calls it again five minutes before they expire. */
export type CredentialProvider = (
  /** Context of the SDK about the calling client, for the calls that a profile needs. */
  identity?: Record<string, unknown>,
) => Promise<{
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}>;

/** Transport of requests: a handler of the SDK, or settings for its default handler. */
export type RequestHandler = NonNullable<ECSClientConfig['requestHandler']>;

/** Constructor options of every SDK client. */
export interface SdkClientConfig {
  region?: string;
  profile?: string;
  endpoint?: string;
  tls: boolean;
  maxAttempts: number;
  retryMode: 'standard' | 'adaptive';
  useFipsEndpoint?: boolean;
  useDualstackEndpoint?: boolean;
  userAgentAppId?: string;
  requestHandler: HttpHandler;
  credentials?: CredentialProvider;
}

/** Converts our settings to those of the SDK. Reads the certificate file, if any. */
export async function toSdkClientConfig(
  settings: ClientSettings,
  credentials: CredentialProvider | null,
  options: {
    readonly minRequestTimeoutMs?: number;
    readonly maxAttempts?: number;
    /** Replaces the network. */
    readonly requestHandler?: RequestHandler | null;
  } = {},
): Promise<SdkClientConfig> {
  const { boundedAnswers } = await import('./bounded-answers.js');
  const requestTimeoutMs = Math.max(settings.requestTimeoutMs, options.minRequestTimeoutMs ?? 0);
  const requestHandler = options.requestHandler ?? {
    connectionTimeout: settings.connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    ...(await agentsOf(settings)),
  };
  return {
    ...(settings.region ? { region: settings.region } : {}),
    ...(settings.source.kind === 'chain' && settings.source.profileName
      ? { profile: settings.source.profileName }
      : {}),
    ...(settings.endpointUrl ? { endpoint: settings.endpointUrl } : {}),
    tls: settings.useTls,
    maxAttempts: settings.maxAttempts ?? options.maxAttempts ?? SDK_MAX_ATTEMPTS,
    retryMode: settings.retryMode,
    ...(settings.useFipsEndpoint === null ? {} : { useFipsEndpoint: settings.useFipsEndpoint }),
    ...(settings.useDualstackEndpoint === null ? {} : { useDualstackEndpoint: settings.useDualstackEndpoint }),
    ...(settings.userAgent === null ? {} : { userAgentAppId: settings.userAgent }),
    requestHandler: boundedAnswers(requestHandler, requestTimeoutMs),
    ...(credentials ? { credentials } : {}),
  };
}

async function agentsOf(settings: ClientSettings): ReturnType<typeof agentsFor> {
  const tls = {
    ...(typeof settings.verify === 'string' ? { ca: await readFile(settings.verify) } : {}),
    ...(settings.verify === false ? { rejectUnauthorized: false } : {}),
  };
  return agentsFor(settings.proxies, { keepAlive: true, maxSockets: settings.maxConnections }, tls);
}
