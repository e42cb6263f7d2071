import type { PrefectConnection } from '../../../../src/orchestrators/prefect/connection.js';

export function aConnection(changes: Partial<PrefectConnection> = {}): PrefectConnection {
  return {
    apiUrl: 'http://prefect.test/api',
    source: 'a test',
    isCloud: false,
    authorization: null,
    addressAuthorization: null,
    authString: null,
    apiKey: null,
    customHeaders: {},
    requestTimeoutMs: 60_000,
    maxRetries: 5,
    retryJitterFactor: 0.2,
    retryExtraCodes: [],
    isCsrfSupported: false,
    isVersionChecked: true,
    caFile: null,
    isTlsVerified: true,
    ...changes,
  };
}
