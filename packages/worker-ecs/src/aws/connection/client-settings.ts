import type { AwsCredentialsValue } from '../aws-credentials-value.js';
import { type Environment, namedRegion } from '../region.js';
import { mapBotocoreConfig } from './botocore-config.js';
import { type ProxyRules, proxyRules } from './proxy-rules.js';

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 50;

/** Source of temporary or permanent keys. */
export type CredentialSource =
  | { readonly kind: 'chain'; readonly profileName: string | null }
  | {
      readonly kind: 'keys';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string | null;
    };

/** A role to assume with the credentials of the source. */
export interface RoleToAssume {
  readonly arn: string;
  /** Parameters of AssumeRole, with the names of AWS; null ones omitted. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Used once, when the role is first assumed. */
  readonly mfaCode: string | null;
}

/** Settings of clients, determined before any is created. */
export interface ClientSettings {
  /** Null: the region of the profile. */
  readonly region: string | null;
  readonly endpointUrl: string | null;
  readonly useTls: boolean;
  /** True: verify with the system's certificates; false: do not verify; a path: verify with that file. */
  readonly verify: boolean | string;
  readonly source: CredentialSource;
  readonly role: RoleToAssume | null;
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  /** Maximum number of attempts of the SDK, including the first. Null: chosen by each adapter. */
  readonly maxAttempts: number | null;
  readonly retryMode: 'standard' | 'adaptive';
  readonly useFipsEndpoint: boolean | null;
  readonly useDualstackEndpoint: boolean | null;
  readonly proxies: ProxyRules;
  readonly userAgent: string | null;
  /** Requested settings without an effect, for one warning. */
  readonly ignored: readonly string[];
}

/** Determines the settings of the clients for these credentials. Makes no calls. */
export function decideClientSettings(
  credentials: AwsCredentialsValue | null,
  environment: Environment,
): ClientSettings {
  const parameters = credentials?.awsClientParameters ?? null;
  const config = mapBotocoreConfig(parameters?.config ?? null);
  const useTls = parameters?.useSsl ?? true;
  return {
    region: namedRegion(credentials, environment),
    endpointUrl: parameters?.endpointUrl || null,
    useTls,
    verify: verification(credentials, environment),
    source: sourceOf(credentials),
    role: roleOf(credentials),
    connectionTimeoutMs: config.connectTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    requestTimeoutMs: config.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    maxConnections: config.maxPoolConnections ?? MAX_CONNECTIONS,
    maxAttempts: config.maxAttempts,
    retryMode: config.retryMode ?? 'standard',
    useFipsEndpoint: config.useFipsEndpoint,
    useDualstackEndpoint: config.useDualstackEndpoint,
    proxies: proxyRules(config.proxies, environment),
    userAgent: config.userAgent,
    ignored: [
      ...config.ignored.map((key) => `aws_client_parameters.config.${key}`),
      ...(parameters?.apiVersion ? ['aws_client_parameters.api_version'] : []),
    ],
  };
}

function verification(credentials: AwsCredentialsValue | null, environment: Environment): boolean | string {
  const parameters = credentials?.awsClientParameters ?? null;
  if (parameters?.verify === false) return false;
  if (typeof parameters?.verify === 'string') return parameters.verify;
  return parameters?.verifyCertPath || environment.AWS_CA_BUNDLE || true;
}

function sourceOf(credentials: AwsCredentialsValue | null): CredentialSource {
  if (credentials?.awsAccessKeyId && credentials.awsSecretAccessKey) {
    return {
      kind: 'keys',
      accessKeyId: credentials.awsAccessKeyId,
      secretAccessKey: credentials.awsSecretAccessKey,
      sessionToken: credentials.awsSessionToken || null,
    };
  }
  return { kind: 'chain', profileName: credentials?.profileName || null };
}

function roleOf(credentials: AwsCredentialsValue | null): RoleToAssume | null {
  if (!credentials?.assumeRoleArn) return null;
  const { TokenCode: mfaCode, ...rest } = credentials.assumeRoleKwargs ?? {};
  const parameters = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== null && value !== undefined),
  );
  return { arn: credentials.assumeRoleArn, parameters, mfaCode: mfaCode ?? null };
}
