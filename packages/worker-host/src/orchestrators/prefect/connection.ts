import { PREFECT_VERSION } from '@worker-host/core';
import type { PrefectSettings } from './settings/prefect-settings.js';
import { describeSource } from './settings/setting-source.js';
import { PrefectSettingsInvalidError } from './settings/settings-errors.js';

export { PREFECT_VERSION };

/** Version of the REST API spoken. */
export const PREFECT_API_VERSION = '0.8.4';
/** As the server parses it; anything of another form counts as an unknown client. */
export const USER_AGENT = `prefect/${PREFECT_VERSION} (API ${PREFECT_API_VERSION})`;

/** How to reach one Prefect server or workspace: everything HTTP and WebSocket need, settled. */
export interface PrefectConnection {
  /** Without a slash at the end. */
  readonly apiUrl: string;
  /** Which setting named the server, in words. */
  readonly source: string;
  readonly isCloud: boolean;
  /** Value of the `Authorization` header; null: none. */
  readonly authorization: string | null;
  /** `PREFECT_API_AUTH_STRING`: what sockets of a self-hosted server ask for. */
  readonly authString: string | null;
  readonly apiKey: string | null;
  readonly customHeaders: Readonly<Record<string, string>>;
  /** For connecting, for the answer to begin and between its parts. */
  readonly requestTimeoutMs: number;
  /** Most tries beyond the first. */
  readonly maxRetries: number;
  /** 0: no jitter. */
  readonly retryJitterFactor: number;
  /** Statuses retried beyond the usual ones. */
  readonly retryExtraCodes: readonly number[];
  readonly isCsrfSupported: boolean;
  readonly isVersionChecked: boolean;
  /** PEM file with the roots to trust; null: Node's own. */
  readonly caFile: string | null;
  readonly isTlsVerified: boolean;
}

const DEFAULT_REQUEST_TIMEOUT_SECONDS = 60;
const DEFAULT_MAX_RETRIES = 5;
const DEFAULT_JITTER = 0.2;
const OWN_HEADERS = new Set(['user-agent', 'prefect-csrf-token', 'prefect-csrf-client']);

/**
 * Settles the connection from the settings. `warnings` receives what a person should know of.
 *
 * @throws PrefectSettingsInvalidError where the address of the API is none.
 */
export function connectionOf(
  settings: PrefectSettings,
  environment: Readonly<Record<string, string | undefined>>,
  warnings: string[] = [],
): PrefectConnection | null {
  const { apiUrl, isCloud } = settings;
  if (!apiUrl) return null;
  if (!isHttpAddress(apiUrl.value)) {
    const source = describeSource(apiUrl.source);
    throw new PrefectSettingsInvalidError([`PREFECT_API_URL: expected an http or https address (${source})`]);
  }
  const authString = settings.text('PREFECT_API_AUTH_STRING');
  const apiKey = settings.text('PREFECT_API_KEY');
  const customHeaders = customHeadersOf(settings, warnings);
  if (!settings.flag('PREFECT_SILENCE_API_URL_MISCONFIGURATION', false)) warnAboutUrl(apiUrl.value, isCloud, warnings);
  return {
    apiUrl: apiUrl.value.replace(/\/+$/, ''),
    source: describeSource(apiUrl.source),
    isCloud,
    authorization: authorizationOf(authString, apiKey),
    authString,
    apiKey,
    customHeaders,
    requestTimeoutMs: settings.number('PREFECT_API_REQUEST_TIMEOUT', DEFAULT_REQUEST_TIMEOUT_SECONDS) * 1000,
    maxRetries: settings.number('PREFECT_CLIENT_MAX_RETRIES', DEFAULT_MAX_RETRIES),
    retryJitterFactor: settings.number('PREFECT_CLIENT_RETRY_JITTER_FACTOR', DEFAULT_JITTER),
    retryExtraCodes: settings.list('PREFECT_CLIENT_RETRY_EXTRA_CODES').map(Number),
    isCsrfSupported: !isCloud && settings.flag('PREFECT_CLIENT_CSRF_SUPPORT_ENABLED', true),
    isVersionChecked: !isCloud && settings.flag('PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED', true),
    caFile: settings.text('PREFECT_API_SSL_CERT_FILE') ?? (environment.SSL_CERT_FILE || null),
    isTlsVerified: !settings.flag('PREFECT_API_TLS_INSECURE_SKIP_VERIFY', false),
  };
}

/** Address of a WebSocket below the API. */
export function socketUrl(connection: PrefectConnection, path: string): string {
  return connection.apiUrl.replace(/^http/i, 'ws') + path;
}

function isHttpAddress(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

function authorizationOf(authString: string | null, apiKey: string | null): string | null {
  if (authString !== null) return `Basic ${Buffer.from(authString, 'utf8').toString('base64')}`;
  return apiKey === null ? null : `Bearer ${apiKey}`;
}

function customHeadersOf(settings: PrefectSettings, warnings: string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings.object('PREFECT_CLIENT_CUSTOM_HEADERS'))) {
    if (OWN_HEADERS.has(name.toLowerCase())) {
      warnings.push(`PREFECT_CLIENT_CUSTOM_HEADERS: ${name} is left out, it is set by the client itself.`);
    } else {
      headers[name] = String(value);
    }
  }
  return headers;
}

function warnAboutUrl(url: string, isCloud: boolean, warnings: string[]): void {
  const hints = [
    [url.includes('app.prefect.cloud'), 'it is the address of the UI; the API is at api.prefect.cloud'],
    [/\/account\//.test(url), 'it should hold /accounts/, not /account/'],
    [/\/workspace\//.test(url), 'it should hold /workspaces/, not /workspace/'],
    [isCloud && !url.includes('/api'), 'it should hold /api'],
  ] as const;
  for (const [isWrong, hint] of hints) {
    if (isWrong) warnings.push(`PREFECT_API_URL looks wrong [url=${url}]: ${hint}.`);
  }
}
