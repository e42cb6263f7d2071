import { randomBytes } from 'node:crypto';
import { AwsProfileError } from './aws-profile-error.js';
import type { ClientSettings } from './client-settings.js';
import { type CredentialProvider, type RequestHandler, toSdkClientConfig } from './sdk-client-config.js';

const EXPIRY_WINDOW_MS = 5 * 60_000;

/**
 * One provider for all clients of a set of credentials, so that a role is taken on once for all of them. Null: the
 * SDK's own standard chain. Temporary keys are fetched anew five minutes before they expire.
 */
export async function credentialProviderFor(
  settings: ClientSettings,
  nowMs: () => number,
  requestHandler: RequestHandler | null = null,
): Promise<CredentialProvider | null> {
  const source = await sourceProvider(settings);
  if (!settings.role) return source;
  return shared(await roleProvider(settings, source, requestHandler), nowMs);
}

async function sourceProvider({ source }: ClientSettings): Promise<CredentialProvider | null> {
  if (source.kind === 'keys') {
    const keys = {
      accessKeyId: source.accessKeyId,
      secretAccessKey: source.secretAccessKey,
      ...(source.sessionToken ? { sessionToken: source.sessionToken } : {}),
    };
    return async () => keys;
  }
  if (source.profileName === null) return null;
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  return ofProfile(source.profileName, fromNodeProviderChain({ profile: source.profileName }));
}

/** Names the profile where it gives nothing. */
function ofProfile(profileName: string, provider: CredentialProvider): CredentialProvider {
  return async () => {
    try {
      return await provider();
    } catch (error) {
      throw new AwsProfileError(profileName, { cause: error });
    }
  };
}

async function roleProvider(
  settings: ClientSettings,
  source: CredentialProvider | null,
  requestHandler: RequestHandler | null,
): Promise<CredentialProvider> {
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const { arn, parameters, mfaCode } = settings.role ?? { arn: '', parameters: {}, mfaCode: null };
  const clientConfig = await toSdkClientConfig({ ...settings, role: null }, null, { requestHandler });
  return fromTemporaryCredentials({
    params: { RoleSessionName: `prefect-session-${randomBytes(4).toString('hex')}`, ...parameters, RoleArn: arn },
    ...(source ? { masterCredentials: source } : {}),
    clientConfig,
    ...(mfaCode === null ? {} : { mfaCodeProvider: async () => mfaCode }),
  });
}

/** The same answer for everybody until shortly before it expires; those who wait share one call. */
export function shared(provider: CredentialProvider, nowMs: () => number): CredentialProvider {
  let current: Awaited<ReturnType<CredentialProvider>> | null = null;
  let pending: ReturnType<CredentialProvider> | null = null;
  return async () => {
    const expiresAtMs = current?.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    if (current && expiresAtMs - nowMs() > EXPIRY_WINDOW_MS) return current;
    pending ??= provider().finally(() => {
      pending = null;
    });
    current = await pending;
    return current;
  };
}
