import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretRegistry, WorkerNotReadyError } from '@worker-host/core';
import { expect } from 'chai';
import { decideClientSettings } from '../../../src/aws/connection/client-settings.js';
import { RememberedKeys } from '../../../src/aws/connection/remembered-keys.js';
import { credentialProviderFor } from '../../../src/aws/connection/sdk-credentials.js';
import { AwsFault } from '../../oracle/world/aws-fault.js';
import { FakeAwsHandler } from '../../oracle/world/aws-handler.js';
import { FakeWorld } from '../../oracle/world/fake-world.js';
import { keysOf } from '../../support/accounts.js';

const MINUTE_MS = 60_000;

describe('credentialProviderFor', () => {
  let directory: string;
  const saved = { ...process.env };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aws-'));
    for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_'))) delete process.env[name];
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(directory, 'credentials');
    process.env.AWS_CONFIG_FILE = join(directory, 'config');
    process.env.AWS_EC2_METADATA_DISABLED = 'true';
  });
  afterEach(async () => {
    for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_'))) delete process.env[name];
    Object.assign(process.env, saved);
    await rm(directory, { recursive: true });
  });

  const store = (accessKeyId: string) =>
    writeFile(
      join(directory, 'credentials'),
      `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = secret-of-${accessKeyId}\n`,
    );

  it('reads a renewed file again after a minute', async () => {
    let nowMs = Date.now();
    await store('FIRST');
    const provider = await credentialProviderFor(decideClientSettings(null, {}), () => nowMs);
    const first = await provider();
    await store('SECOND');
    nowMs += MINUTE_MS / 2;
    const soon = await provider();
    nowMs += MINUTE_MS;

    const later = await provider();

    expect([first, soon, later].map(({ accessKeyId }) => accessKeyId)).to.deep.equal(['FIRST', 'FIRST', 'SECOND']);
  });

  it('finds keys that were missing at first', async () => {
    const provider = await credentialProviderFor(decideClientSettings(null, {}), () => Date.now());

    const missing: unknown = await provider().catch((reason: unknown) => reason);
    await store('LATE');

    expect(missing).to.have.property('name', 'CredentialsProviderError');
    expect((await provider()).accessKeyId).to.equal('LATE');
  });

  it('calls STS and IAM Identity Center for a profile through the proxy', async () => {
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(String(request.url));
      socket.end('HTTP/1.1 502 No\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    await store('BASE');
    await writeFile(
      join(directory, 'config'),
      '[profile role]\nregion = cn-north-1\nrole_arn = arn:aws-cn:iam::111122223333:role/x\nsource_profile = default\n' +
        '[profile sso]\nregion = eu-west-1\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n' +
        'sso_account_id = 111122223333\nsso_role_name = r\n',
    );
    const cache = join(directory, '.aws', 'sso', 'cache');
    await mkdir(cache, { recursive: true });
    const token = { accessToken: 'token', expiresAt: '2999-01-01T00:00:00Z' };
    const name = createHash('sha1').update('https://x.awsapps.com/start').digest('hex');
    await writeFile(join(cache, `${name}.json`), JSON.stringify(token));
    const home = process.env.HOME;
    process.env.HOME = directory;

    for (const profileName of ['role', 'sso']) {
      const settings = decideClientSettings({ ...keysOf('', ''), awsAccessKeyId: null, profileName }, environment);
      const provider = await credentialProviderFor(settings, () => Date.now());
      await provider().catch(() => {});
    }

    process.env.HOME = home;
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    expect([...new Set(asked)]).to.deep.equal([
      'sts.cn-north-1.amazonaws.com.cn:443',
      'portal.sso.eu-west-1.amazonaws.com:443',
    ]);
  });

  it('reports a role that is refused, and passes on an outage of STS', async () => {
    const outcomes: unknown[] = [];
    for (const [code, message] of [
      ['AccessDenied', 'User is not authorized to perform: sts:AssumeRole'],
      ['ServerException', 'Service unavailable'],
    ] as const) {
      const world = new FakeWorld({ region: 'us-east-1' });
      world.answer = () => {
        throw new AwsFault(code, message);
      };
      const credentials = { ...keysOf('KEY', 'us-east-1'), assumeRoleArn: 'arn:aws:iam::123456789012:role/x' };
      const handler = new FakeAwsHandler(() => world);
      const settings = { ...decideClientSettings(credentials, {}), maxAttempts: 1 };
      const provider = await credentialProviderFor(settings, () => Date.now(), handler as never);
      outcomes.push(await provider().catch((reason: unknown) => reason));
    }

    expect(outcomes[0]).to.be.instanceOf(WorkerNotReadyError).with.property('code', 'ECS_AWS_ROLE_REFUSED');
    expect(String(outcomes[0])).to.include('role/x').and.to.include('trust policy');
    expect(outcomes[1]).to.have.property('name', 'ServerException');
  });
});

describe('RememberedKeys', () => {
  it('lets the registry forget keys that were replaced twice, and all of them at the end', async () => {
    const secrets = new SecretRegistry();
    const keys = new RememberedKeys(secrets);
    let session = 0;
    const provider = keys.of(async () => {
      session += 1;
      return { accessKeyId: 'ASIA', secretAccessKey: `secret-${session}`, sessionToken: `token-${session}` };
    });
    for (let hour = 0; hour < 24; hour += 1) await provider();

    const shown = secrets.redact('secret-22 token-22 secret-23 secret-24');
    keys.forget();

    expect(shown).to.equal('secret-22 token-22 ******** ********');
    expect(secrets.redact('secret-24')).to.equal('secret-24');
  });
});
