import { readFileSync } from 'node:fs';
import { PREFECT_VERSION, shownAddress, userinfoOf, withoutUserinfo } from '@worker-host/core';
import type { PrefectSettings } from './settings/prefect-settings.js';
import { describeSource } from './settings/setting-source.js';
import { PrefectSettingsInvalidError } from './settings/settings-errors.js';

export { PREFECT_VERSION };

/** Version of the REST API. */
export const PREFECT_API_VERSION = '0.8.4';
/** Format that the server parses; clients with any other format count as unknown. */
export const USER_AGENT = `prefect/${PREFECT_VERSION} (API ${PREFECT_API_VERSION})`;

/** Connection settings of one Prefect server or workspace, for HTTP and WebSocket, with defaults applied. */
export interface PrefectConnection {
  /** Without trailing slash, user or password. */
  readonly apiUrl: string;
  /** The setting that selected the server, in words. */
  readonly source: string;
  readonly isCloud: boolean;
  /** Value of the `Authorization` header; null: none. User and password of the URL take precedence, as in Prefect. */
  readonly authorization: string | null;
  /** The part of it that is in the URL itself, and is therefore also sent with the handshake of sockets. */
  readonly addressAuthorization: string | null;
  /** `PREFECT_API_AUTH_STRING`: required by sockets of a self-hosted server. */
  readonly authString: string | null;
  readonly apiKey: string | null;
  readonly customHeaders: Readonly<Record<string, string>>;
  /** For connecting, for the beginning of the response and between its parts. */
  readonly requestTimeoutMs: number;
  /** Maximum number of retries. */
  readonly maxRetries: number;
  /** 0: no jitter. */
  readonly retryJitterFactor: number;
  /** Additional statuses to retry. */
  readonly retryExtraCodes: readonly number[];
  readonly isCsrfSupported: boolean;
  readonly isVersionChecked: boolean;
  /** PEM file with trusted root certificates, and its setting; null: Node's own. */
  readonly caFile: { readonly path: string; readonly setting: string } | null;
  readonly isTlsVerified: boolean;
}

const DEFAULT_REQUEST_TIMEOUT_SECONDS = 60;
const DEFAULT_MAX_RETRIES = 5;
const DEFAULT_JITTER = 0.2;
const OWN_HEADERS = new Set(['user-agent', 'prefect-csrf-token', 'prefect-csrf-client']);

/**
 * Derives the connection from the settings. `warnings` receives problems for people.
 *
 * @throws PrefectSettingsInvalidError if the URL of the API is invalid, or a header cannot be sent
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
  checkHeaderTexts(apiKey, customHeaders);
  const address = withoutUserinfo(apiUrl.value).replace(/(?<!\/)\/+$/, '');
  if (!settings.flag('PREFECT_SILENCE_API_URL_MISCONFIGURATION', false)) warnAboutUrl(address, isCloud, warnings);
  const isTlsVerified = !settings.flag('PREFECT_API_TLS_INSECURE_SKIP_VERIFY', false);
  if (!isTlsVerified) {
    warnings.push('PREFECT_API_TLS_INSECURE_SKIP_VERIFY: the certificate of the Prefect API is not verified.');
  }
  const userinfo = userinfoOf(apiUrl.value);
  const addressAuthorization = userinfo === null ? null : basicAuthorization(userinfo);
  return {
    apiUrl: address,
    source: describeSource(apiUrl.source),
    isCloud,
    authorization: addressAuthorization ?? authorizationOf(authString, apiKey),
    addressAuthorization,
    authString,
    apiKey,
    customHeaders,
    requestTimeoutMs: settings.number('PREFECT_API_REQUEST_TIMEOUT', DEFAULT_REQUEST_TIMEOUT_SECONDS) * 1000,
    maxRetries: settings.number('PREFECT_CLIENT_MAX_RETRIES', DEFAULT_MAX_RETRIES),
    retryJitterFactor: settings.number('PREFECT_CLIENT_RETRY_JITTER_FACTOR', DEFAULT_JITTER),
    retryExtraCodes: settings.list('PREFECT_CLIENT_RETRY_EXTRA_CODES').map(Number),
    isCsrfSupported: !isCloud && settings.flag('PREFECT_CLIENT_CSRF_SUPPORT_ENABLED', true),
    isVersionChecked: !isCloud && settings.flag('PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED', true),
    caFile: caFileOf(settings, environment),
    isTlsVerified,
  };
}

/**
 * Returns trusted root certificates, PEM; undefined: Node's own.
 *
 * @throws PrefectSettingsInvalidError if the file cannot be read
 */
export function readCaFile({ caFile }: PrefectConnection): string | undefined {
  if (caFile === null) return undefined;
  try {
    return readFileSync(caFile.path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PrefectSettingsInvalidError([`${caFile.setting}: expected a PEM file that can be read (${reason})`]);
  }
}

function caFileOf(
  settings: PrefectSettings,
  environment: Readonly<Record<string, string | undefined>>,
): PrefectConnection['caFile'] {
  const setting = 'PREFECT_API_SSL_CERT_FILE';
  const path = settings.text(setting);
  if (path !== null) return { path, setting };
  return environment.SSL_CERT_FILE ? { path: environment.SSL_CERT_FILE, setting: 'SSL_CERT_FILE' } : null;
}

/** A line break in a key, as from a file with a trailing one, would make each request fail in a way that hides the cause. */
function checkHeaderTexts(apiKey: string | null, customHeaders: Readonly<Record<string, string>>): void {
  const isSendable = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
  const problems: string[] = [];
  if (apiKey !== null && !isSendable(apiKey)) {
    problems.push('PREFECT_API_KEY: expected text without line breaks or characters beyond Latin-1');
  }
  for (const [name, value] of Object.entries(customHeaders)) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && isSendable(value)) continue;
    problems.push(`PREFECT_CLIENT_CUSTOM_HEADERS: ${JSON.stringify(name)} cannot be sent as a header`);
  }
  if (problems.length > 0) throw new PrefectSettingsInvalidError(problems);
}

/** Returns the URL of a WebSocket of the API. */
export function socketUrl(connection: PrefectConnection, path: string): string {
  return connection.apiUrl.replace(/^http/i, 'ws') + path;
}

function isHttpAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

function authorizationOf(authString: string | null, apiKey: string | null): string | null {
  if (authString !== null) return basicAuthorization(authString);
  return apiKey === null ? null : `Bearer ${apiKey}`;
}

function basicAuthorization(userAndPassword: string): string {
  return `Basic ${Buffer.from(userAndPassword, 'utf8').toString('base64')}`;
}

function customHeadersOf(settings: PrefectSettings, warnings: string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings.object('PREFECT_CLIENT_CUSTOM_HEADERS'))) {
    if (OWN_HEADERS.has(name.toLowerCase())) {
      warnings.push(`PREFECT_CLIENT_CUSTOM_HEADERS: ${name} is ignored; the client sets it.`);
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
    [isCloud && !url.includes('/api'), 'it should contain /api'],
  ] as const;
  for (const [isWrong, hint] of hints) {
    if (isWrong) warnings.push(`PREFECT_API_URL looks wrong [url=${shownAddress(url)}]: ${hint}.`);
  }
}
