import { randomBytes } from 'node:crypto';
import { lazy } from '../../utilities/lazy.js';
import { AwsProfileError, AwsRoleError } from '../errors/access-errors.js';
import { isThrottle, isUnanswered, noteCall } from '../errors/aws-error-facts.js';
import type { ClientSettings } from './client-settings.js';
import { type CredentialProvider, type RequestHandler, toSdkClientConfig } from './sdk-client-config.js';

const EXPIRY_WINDOW_MS = 5 * 60_000;
/** How long keys without an expiry are cached before the chain is read again. */
const REREAD_MS = 60_000;

/**
 * Returns one provider for all clients of a set of credentials, so that a role is assumed once for all of them. Temporary keys
 * are fetched again five minutes before they expire; keys of the standard chain that do not expire are read again after a
 * minute, so that a renewed file takes effect.
 */
export async function credentialProviderFor(
  settings: ClientSettings,
  nowMs: () => number,
  requestHandler: RequestHandler | null = null,
): Promise<CredentialProvider> {
  const source = sourceProvider(settings, nowMs, requestHandler);
  if (!settings.role) return source;
  return shared(await roleProvider(settings, source, requestHandler), nowMs);
}

function sourceProvider(
  settings: ClientSettings,
  nowMs: () => number,
  requestHandler: RequestHandler | null,
): CredentialProvider {
  const { source } = settings;
  if (source.kind === 'keys') {
    const keys = {
      accessKeyId: source.accessKeyId,
      secretAccessKey: source.secretAccessKey,
      ...(source.sessionToken ? { sessionToken: source.sessionToken } : {}),
    };
    return async () => keys;
  }
  const { profileName } = source;
  const clientConfig = lazy(() => callsOfChain(settings, requestHandler));
  const chain: CredentialProvider = async (identity) => {
    const { fromNodeProviderChain } = await import('../sdk/credentials.js');
    const read = fromNodeProviderChain({
      ignoreCache: true,
      clientConfig: await clientConfig(),
      ...(profileName === null ? {} : { profile: profileName }),
    });
    const keys = await read(identity);
    return keys.expiration ? keys : { ...keys, expiration: new Date(nowMs() + EXPIRY_WINDOW_MS + REREAD_MS) };
  };
  return shared(profileName === null ? chain : ofProfile(profileName, chain), nowMs);
}

/**
 * Calls STS and IAM Identity Center for the chain: through the same proxy and with the same certificates, at the endpoints of
 * the profile.
 */
async function callsOfChain(settings: ClientSettings, given: RequestHandler | null) {
  const { requestHandler } = await toSdkClientConfig(settings, null, { requestHandler: given });
  return { requestHandler };
}

/** Adds the profile to the error if it provides no keys. */
function ofProfile(profileName: string, provider: CredentialProvider): CredentialProvider {
  return async (identity) => {
    try {
      return await provider(identity);
    } catch (error) {
      throw new AwsProfileError(profileName, { cause: error });
    }
  };
}

async function roleProvider(
  settings: ClientSettings,
  source: CredentialProvider,
  requestHandler: RequestHandler | null,
): Promise<CredentialProvider> {
  const { fromTemporaryCredentials } = await import('../sdk/credentials.js');
  const { arn, parameters, mfaCode } = settings.role ?? { arn: '', parameters: {}, mfaCode: null };
  const clientConfig = await toSdkClientConfig({ ...settings, role: null }, null, { requestHandler });
  const assumed = fromTemporaryCredentials({
    params: { RoleSessionName: `prefect-session-${randomBytes(4).toString('hex')}`, ...parameters, RoleArn: arn },
    masterCredentials: source,
    clientConfig,
    ...(mfaCode === null ? {} : { mfaCodeProvider: async () => mfaCode }),
  });
  return async (identity) => {
    try {
      return await assumed(identity);
    } catch (error) {
      noteCall(error, { operation: 'sts:AssumeRole', region: settings.region ?? 'us-east-1' });
      if (error instanceof AwsProfileError || isThrottle(error) || isUnanswered(error)) throw error;
      throw new AwsRoleError(arn, { cause: error });
    }
  };
}

/** Caches the result until shortly before it expires; concurrent callers share one call. */
export function shared(provider: CredentialProvider, nowMs: () => number): CredentialProvider {
  let current: Awaited<ReturnType<CredentialProvider>> | null = null;
  let pending: ReturnType<CredentialProvider> | null = null;
  return async (identity) => {
    const expiresAtMs = current?.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    if (current && expiresAtMs - nowMs() > EXPIRY_WINDOW_MS) return current;
    pending ??= provider(identity).finally(() => {
      pending = null;
    });
    current = await pending;
    return current;
  };
}
