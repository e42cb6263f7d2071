import { isExactNumber, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

/** Effect of the keys of botocore's `Config` on a client. Null: not set. */
export interface MappedBotocoreConfig {
  readonly connectTimeoutMs: number | null;
  readonly requestTimeoutMs: number | null;
  readonly maxPoolConnections: number | null;
  readonly maxAttempts: number | null;
  readonly retryMode: 'standard' | 'adaptive' | null;
  readonly useFipsEndpoint: boolean | null;
  readonly useDualstackEndpoint: boolean | null;
  /** Proxy by scheme of the target. */
  readonly proxies: { readonly http: string | null; readonly https: string | null };
  readonly userAgent: string | null;
  /** Keys without an effect, for a warning. */
  readonly ignored: readonly string[];
}

/** Maximum of a Node timer; a longer one fires immediately. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const HANDLED = new Set([
  'region_name',
  'connect_timeout',
  'read_timeout',
  'max_pool_connections',
  'retries',
  'use_fips_endpoint',
  'use_dualstack_endpoint',
  'proxies',
  'user_agent_extra',
  'user_agent_appid',
  'tcp_keepalive',
]);

/** Maps the keys that have an equivalent in the JavaScript SDK, and lists the others. */
export function mapBotocoreConfig(config: JsonObject | null): MappedBotocoreConfig {
  const retries = asObject(config?.retries);
  const proxies = asObject(config?.proxies);
  const ignored = Object.keys(config ?? {}).filter((key) => !HANDLED.has(key) && config?.[key] !== null);
  return {
    connectTimeoutMs: secondsToMs(config?.connect_timeout),
    requestTimeoutMs: secondsToMs(config?.read_timeout),
    maxPoolConnections: asPositive(config?.max_pool_connections),
    maxAttempts: attemptsOf(retries),
    retryMode: retries.mode === 'adaptive' ? 'adaptive' : retries.mode ? 'standard' : null,
    useFipsEndpoint: asBoolean(config?.use_fips_endpoint),
    useDualstackEndpoint: asBoolean(config?.use_dualstack_endpoint),
    proxies: { http: asText(proxies.http), https: asText(proxies.https) },
    userAgent: asText(config?.user_agent_appid) ?? asText(config?.user_agent_extra),
    ignored,
  };
}

/** `total_max_attempts` includes the first attempt, botocore's `max_attempts` does not. */
function attemptsOf(retries: JsonObject): number | null {
  const total = asPositive(retries.total_max_attempts);
  if (total !== null) return total;
  const more = retries.max_attempts;
  return typeof more === 'number' && more >= 0 ? more + 1 : null;
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function asPositive(value: JsonValue | undefined): number | null {
  const number = isExactNumber(value) ? Number(value) : value;
  return typeof number === 'number' && number > 0 ? number : null;
}

function secondsToMs(value: JsonValue | undefined): number | null {
  const seconds = asPositive(value);
  return seconds === null ? null : Math.min(Math.ceil(seconds * 1000), LONGEST_TIMER_MS);
}

function asBoolean(value: JsonValue | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

function asText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
