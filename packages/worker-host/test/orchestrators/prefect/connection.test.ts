import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectionOf, readCaFile } from '../../../src/orchestrators/prefect/connection.js';
import { resolvePrefectSettings } from '../../../src/orchestrators/prefect/settings/resolve-prefect-settings.js';
import { PrefectSettingsInvalidError } from '../../../src/orchestrators/prefect/settings/settings-errors.js';

describe('connectionOf', () => {
  let cwd: string;

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'prefect-connection-'));
  });

  afterEach(() => {
    rmSync(cwd, { recursive: true, force: true });
  });

  const connect = (environment: Record<string, string>, warnings: string[] = []) => {
    const settings = resolvePrefectSettings({ environment, cwd, homeDirectory: cwd });
    return connectionOf(settings, environment, warnings) ?? expect.fail('there is no connection');
  };
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  for (const [address, sent] of [
    ['http://user:pass@host/api/', 'user:pass'],
    ['http://us%40er:p%3Ass%2F@host/api', 'us@er:p:ss/'],
    ['http://user@host/api', 'user:'],
    ['http://user:p@ss@host/api', 'user:p@ss'],
    ['http://user:100%@host/api', 'user:100%'],
  ] as const) {
    it(`sends user and password of ${address}, with precedence over any key, and removes them from the URL`, () => {
      const connection = connect({ PREFECT_API_URL: address, PREFECT_API_KEY: 'k', PREFECT_API_AUTH_STRING: 'a:b' });

      expect(connection.authorization).to.equal(basic(sent));
      expect(connection.addressAuthorization).to.equal(basic(sent));
      expect(connection.apiUrl).to.equal('http://host/api');
    });
  }

  it('sends the auth string, otherwise the key, if the URL has no user', () => {
    const PREFECT_API_URL = 'http://host/api';

    expect(connect({ PREFECT_API_URL, PREFECT_API_KEY: 'k', PREFECT_API_AUTH_STRING: 'a:b' }).authorization).to.equal(
      basic('a:b'),
    );
    expect(connect({ PREFECT_API_URL, PREFECT_API_KEY: 'k' })).to.include({
      authorization: 'Bearer k',
      addressAuthorization: null,
    });
  });

  for (const [setting, value] of [
    ['PREFECT_API_KEY', 'key\n'],
    ['PREFECT_CLIENT_CUSTOM_HEADERS', '{"X-A":"a\\nb"}'],
    ['PREFECT_CLIENT_CUSTOM_HEADERS', '{"X A":"b"}'],
  ] as const) {
    it(`rejects ${setting}=${JSON.stringify(value)}, which cannot be sent`, () => {
      expect(() => connect({ PREFECT_API_URL: 'http://host/api', [setting]: value }))
        .to.throw(PrefectSettingsInvalidError, setting)
        .that.satisfies((error: Error) => !error.message.includes('key\n'));
    });
  }

  it('warns if certificates are not verified', () => {
    const warnings: string[] = [];

    const connection = connect(
      { PREFECT_API_URL: 'https://host/api', PREFECT_API_TLS_INSECURE_SKIP_VERIFY: 'true' },
      warnings,
    );

    expect(connection.isTlsVerified).to.equal(false);
    expect(warnings.join()).to.contain('PREFECT_API_TLS_INSECURE_SKIP_VERIFY');
  });

  it('reads trusted root certificates, and names the setting of a file that cannot be read', () => {
    const file = join(cwd, 'roots.pem');
    writeFileSync(file, 'PEM');
    const PREFECT_API_URL = 'https://host/api';

    expect(readCaFile(connect({ PREFECT_API_URL, PREFECT_API_SSL_CERT_FILE: file }))).to.equal('PEM');
    expect(readCaFile(connect({ PREFECT_API_URL, SSL_CERT_FILE: file }))).to.equal('PEM');
    expect(readCaFile(connect({ PREFECT_API_URL }))).to.equal(undefined);
    for (const setting of ['PREFECT_API_SSL_CERT_FILE', 'SSL_CERT_FILE']) {
      expect(() => readCaFile(connect({ PREFECT_API_URL, [setting]: `${file}.gone` }))).to.throw(
        PrefectSettingsInvalidError,
        `${setting}: expected a PEM file`,
      );
    }
  });
});
