import type { PrefectConnection } from '../../../../packages/worker-host/dist/src/orchestrators/prefect/connection.js';
import { SECRET } from '../property.js';

/** A connection with secrets in every possible place. */
export const CONNECTION: PrefectConnection = {
  apiUrl: 'http://prefect.test/api',
  source: 'test',
  isCloud: false,
  authorization: `Bearer ${SECRET}`,
  addressAuthorization: null,
  authString: null,
  apiKey: SECRET,
  customHeaders: { 'X-Access-Secret': SECRET, Cookie: `session=${SECRET}` },
  requestTimeoutMs: 1000,
  maxRetries: 2,
  retryJitterFactor: 0.2,
  retryExtraCodes: [],
  isCsrfSupported: false,
  isVersionChecked: false,
  caFile: null,
  isTlsVerified: true,
};
