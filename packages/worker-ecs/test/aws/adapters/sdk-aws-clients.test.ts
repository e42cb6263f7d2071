import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretRegistry, silentMeter, systemClock } from '@worker-host/core';
import { expect } from 'chai';
import { SdkAwsClientsProvider, warnOfOldNode } from '../../../src/aws/adapters/sdk-aws-clients.js';
import type { AwsCredentialsValue } from '../../../src/aws/aws-credentials-value.js';
import { awsBudgetLimits, BudgetRegistry } from '../../../src/aws/budgets/account-budgets.js';
import { BudgetedAwsClientsProvider } from '../../../src/aws/budgets/budgeted-aws-clients.js';
import { SdkCredentialSource } from '../../../src/aws/connection/sdk-credential-source.js';
import { shared } from '../../../src/aws/connection/sdk-credentials.js';
import { awsErrorText } from '../../../src/aws/errors/aws-error-facts.js';
import { RememberingLogger } from '../../support/builders.js';

interface Asked {
  readonly target: string;
  readonly body: string;
  readonly authorization: string;
}

type Answer = { readonly status?: number; readonly type?: string; readonly body: string };

async function aServer(
  answer: (asked: Asked) => Answer | null,
): Promise<{ server: Server; url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        target: String(request.headers['x-amz-target'] ?? ''),
        body: Buffer.concat(chunks).toString('utf8'),
        authorization: String(request.headers.authorization ?? ''),
      };
      asked.push(one);
      const given = answer(one);
      if (!given) return;
      response.writeHead(given.status ?? 200, { 'content-type': given.type ?? 'application/x-amz-json-1.1' });
      response.end(given.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function credentialsFor(
  url: string,
  parts: Partial<AwsCredentialsValue> = {},
  readTimeoutSeconds = 30,
): AwsCredentialsValue {
  return {
    awsAccessKeyId: 'AKIAEXAMPLE',
    awsSecretAccessKey: 'a-secret-key',
    awsSessionToken: null,
    profileName: null,
    regionName: 'eu-west-1',
    awsClientParameters: {
      apiVersion: null,
      useSsl: true,
      verify: true,
      verifyCertPath: null,
      endpointUrl: url,
      config: { s3: {}, read_timeout: readTimeoutSeconds },
    },
    assumeRoleArn: null,
    assumeRoleKwargs: null,
    ...parts,
  };
}

describe('SdkAwsClientsProvider', () => {
  const servers: Server[] = [];
  const providers: SdkAwsClientsProvider[] = [];

  afterEach(async () => {
    for (const provider of providers.splice(0)) provider.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function createSubject(answer: (asked: Asked) => Answer | null) {
    const { server, url, asked } = await aServer(answer);
    servers.push(server);
    const logger = new RememberingLogger();
    const secrets = new SecretRegistry();
    const environment = { AWS_SECRET_ACCESS_KEY: 'own-secret-key', AWS_SESSION_TOKEN: 'own-session-token' };
    const source = new SdkCredentialSource(systemClock, null);
    const provider = new SdkAwsClientsProvider({ environment }, secrets, logger, source, null);
    providers.push(provider);
    return { provider, url, asked, logger, secrets };
  }

  it('uses the names of AWS, signs for region and key, and returns times as text', async () => {
    const task = {
      taskArn: 't',
      lastStatus: 'RUNNING',
      createdAt: 1767225600.5,
      version: 2,
      containers: [{ name: 'a' }],
    };
    const { provider, url, asked } = await createSubject(() => ({
      body: JSON.stringify({ tasks: [task], failures: [] }),
    }));
    const { ecs, region } = await provider.clientsFor(credentialsFor(url));

    const answer = await ecs.describeTasks({ cluster: 'analytics', tasks: ['t'], include: ['TAGS'] });

    expect(region).to.equal('eu-west-1');
    expect(answer.tasks).to.deep.equal([{ ...task, createdAt: '2026-01-01T00:00:00.500Z' }]);
    expect(asked[0]?.target).to.equal('AmazonEC2ContainerServiceV20141113.DescribeTasks');
    expect(JSON.parse(asked[0]?.body ?? '')).to.deep.equal({ cluster: 'analytics', tasks: ['t'], include: ['TAGS'] });
    expect(asked[0]?.authorization).to.include('AKIAEXAMPLE').and.include('/eu-west-1/ecs/');
  });

  it('sends its input unchanged, including members that the SDK does not know', async () => {
    const { provider, url, asked } = await createSubject(() => ({
      body: JSON.stringify({ taskDefinition: {}, tasks: [], failures: [] }),
    }));
    const { ecs } = await provider.clientsFor(credentialsFor(url));
    const definition = { family: 'größe', newerThanTheSdk: { a: [1, true, 'x'] }, cpu: null };
    const request = { taskDefinition: 'x', clientToken: 'y', newerThanTheSdk: 0 };

    await ecs.registerTaskDefinition(definition);
    await ecs.runTask(request);

    expect(asked.map(({ target }) => target.split('.')[1])).to.deep.equal(['RegisterTaskDefinition', 'RunTask']);
    expect(asked.map(({ body }) => JSON.parse(body))).to.deep.equal([
      { family: 'größe', newerThanTheSdk: { a: [1, true, 'x'] } },
      request,
    ]);
  });

  it('calls ECS once per call, so that every throttling error is visible', async () => {
    const { provider, url, asked } = await createSubject(() => ({
      status: 400,
      body: JSON.stringify({ __type: 'ThrottlingException', message: 'Rate exceeded' }),
    }));
    const { ecs } = await provider.clientsFor(credentialsFor(url));

    const error = await ecs.runTask({ taskDefinition: 'x', clientToken: 'y' }).catch((reason) => reason);

    expect(error.name).to.equal('ThrottlingException');
    expect(asked).to.have.length(1);
  });

  it('checks immediately before it sends a launch whether it may, and sends nothing otherwise', async () => {
    const { provider, url, asked } = await createSubject(() => ({ body: JSON.stringify({ tasks: [], failures: [] }) }));
    const budgets = new BudgetRegistry(systemClock, silentMeter, awsBudgetLimits);
    const budgeted = new BudgetedAwsClientsProvider(provider, systemClock, budgets);
    const { ecs } = await budgeted.clientsFor(credentialsFor(url));
    const reason = new Error('the token is too old');

    const error = await ecs
      .runTask(
        { taskDefinition: 'x' },
        {
          beforeSend: () => {
            throw reason;
          },
        },
      )
      .catch((caught: unknown) => caught);

    expect(error).to.equal(reason);
    expect(asked).to.have.length(0);
  });

  it('adds call and region to an error', async () => {
    const { provider, url } = await createSubject(() => ({
      status: 400,
      body: JSON.stringify({ __type: 'AccessDeniedException', message: 'no' }),
    }));
    const { logs } = await provider.clientsFor(credentialsFor(url));

    const error: unknown = await logs
      .getLogEvents({ logGroupName: 'g', logStreamName: 's' })
      .catch((reason: unknown) => reason);

    expect(awsErrorText(error)).to.equal('logs:GetLogEvents in eu-west-1: AccessDeniedException: no');
  });

  it('returns the ARNs in a conflict', async () => {
    const { provider, url } = await createSubject(() => ({
      status: 400,
      body: JSON.stringify({ __type: 'ConflictException', message: 'x', resourceIds: ['arn:task'] }),
    }));
    const { ecs } = await provider.clientsFor(credentialsFor(url));

    const error = await ecs.runTask({ taskDefinition: 'x', clientToken: 'y' }).catch((reason) => reason);

    expect(error).to.include({ name: 'ConflictException' });
    expect(error.resourceIds).to.deep.equal(['arn:task']);
  });

  it('reads only the beginning of an error response, of any service', async () => {
    const { provider, url } = await createSubject(() => ({ status: 503, body: `"${'a'.repeat(100_000)}"` }));
    const { ecs, logs, sqs, sts } = await provider.clientsFor(credentialsFor(url));
    const calls = [
      () => ecs.listTasks({ cluster: 'x' }),
      () => logs.getLogEvents({ logGroupName: 'g', logStreamName: 's' }),
      () => sqs.getQueueUrl({ QueueName: 'q' }),
      () => sts.getCallerIdentity(),
    ];

    for (const call of calls) {
      const error = await call().then(
        () => expect.fail('it answered'),
        (reason: unknown) => reason as object,
      );
      // The SDK would have made each character a member.
      expect(Object.keys(error).length).to.be.lessThan(50);
    }
  });

  it('reports the profile that provides no credentials', async () => {
    const { provider, url } = await createSubject(() => null);
    const credentials = credentialsFor(url, {
      awsAccessKeyId: null,
      awsSecretAccessKey: null,
      profileName: 'no-such-profile',
    });
    const { ecs } = await provider.clientsFor(credentials);

    const error = await ecs.listTasks({ cluster: 'x' }).catch((reason) => reason);

    expect(error).to.include({ name: 'AwsProfileError', code: 'ECS_AWS_PROFILE_UNUSABLE' });
    expect(error.message).to.include('profile_name=no-such-profile');
  });

  it('gives up a call without a timely response', async () => {
    const { provider, url } = await createSubject(() => null);
    const { ecs } = await provider.clientsFor(credentialsFor(url, {}, 0.2));

    const error = await ecs.listTasks({ cluster: 'x' }).catch((reason) => reason);

    expect(error.name).to.equal('TimeoutError');
  });

  it('caches clients by credentials, hides their secret and warns once of keys without an effect', async () => {
    const { provider, url, logger, secrets } = await createSubject(() => null);

    const first = await provider.clientsFor(credentialsFor(url));
    const second = await provider.clientsFor(credentialsFor(url));
    const elsewhere = await provider.clientsFor(credentialsFor(url), 'us-west-2');

    expect(second).to.equal(first);
    expect(elsewhere.region).to.equal('us-west-2');
    expect(elsewhere.key).not.to.equal(first.key);
    expect(first.key).not.to.include('a-secret-key');
    expect(secrets.redact('a-secret-key')).to.equal('********');
    expect(logger.lines.filter(({ message }) => message.startsWith('Some keys of aws_credentials'))).to.have.length(1);
    expect(logger.lines.filter(({ message }) => message.includes(`requests go to ${url}`))).to.have.length(1);
  });

  it('reveals no password of an endpoint, in any form', async () => {
    const { provider, logger } = await createSubject(() => null);

    for (const userinfo of ['user:pa%2Fss', 'user:pa/ss'])
      await provider.clientsFor(credentialsFor(`http://${userinfo}@127.0.0.1:1`));

    const shown = logger.lines.map(({ message }) => message).filter((message) => message.includes('requests go to'));
    expect(shown).to.have.length(2);
    for (const message of shown) expect(message).to.match(/requests go to http:\/\/(…@)?127\.0\.0\.1:1/);
  });

  it('always redacts its own keys, and configured keys until their clients are closed', async () => {
    const { provider, url, secrets } = await createSubject(() => null);
    const hidden = () => secrets.redact('own-secret-key, own-session-token, a-secret-key');
    expect(hidden()).to.equal('********, ********, a-secret-key');
    await provider.clientsFor(credentialsFor(url));
    await provider.clientsFor(credentialsFor(url), 'us-west-2');
    expect(hidden()).to.equal('********, ********, ********');

    provider.close();
    expect(hidden()).to.equal('********, ********, a-secret-key');
  });

  it('assumes a role once for all services, with its parameters unchanged', async () => {
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    const { provider, url, asked, secrets } = await createSubject((one) =>
      one.body.includes('Action=AssumeRole')
        ? {
            type: 'text/xml',
            body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
          }
        : { body: JSON.stringify({ taskArns: [], events: [] }) },
    );
    const { ecs, logs } = await provider.clientsFor(
      credentialsFor(url, {
        assumeRoleArn: 'arn:aws:iam::999999999999:role/launcher',
        assumeRoleKwargs: {
          RoleSessionName: 'worker',
          DurationSeconds: 3600,
          ExternalId: 'ext-1',
          Tags: [{ Key: 'team', Value: 'data' }],
          TransitiveTagKeys: ['team'],
        },
      }),
    );

    await Promise.all([
      ecs.listTasks({}),
      ecs.listTasks({}),
      logs.getLogEvents({ logGroupName: 'g', logStreamName: 's' }),
    ]);

    expect(secrets.redact('role-secret, role-token, ext-1')).to.equal('********, ********, ********');
    const assumed = asked.filter(({ body }) => body.includes('Action=AssumeRole'));
    const parameters = new URLSearchParams(assumed[0]?.body);
    expect(assumed).to.have.length(1);
    expect(assumed[0]?.authorization).to.include('AKIAEXAMPLE');
    expect(Object.fromEntries(parameters)).to.include({
      RoleArn: 'arn:aws:iam::999999999999:role/launcher',
      RoleSessionName: 'worker',
      DurationSeconds: '3600',
      ExternalId: 'ext-1',
      'Tags.member.1.Key': 'team',
      'TransitiveTagKeys.member.1': 'team',
    });
    for (const { body, authorization } of asked) {
      if (!body.includes('Action=AssumeRole')) expect(authorization).to.include('ASIAROLE');
    }
  });
});

describe('warnOfOldNode', () => {
  const said = (version: string) => {
    const logger = new RememberingLogger();
    warnOfOldNode(version, logger);
    return logger.lines;
  };

  it('warns on a Node version that the AWS SDK stops supporting, and on no other', () => {
    expect(said('v20.19.0').map(({ level, fields }) => [level, fields])).to.deep.equal([
      ['warn', { node: 'v20.19.0' }],
    ]);
    expect(said('v22.0.0')).to.deep.equal([]);
    expect(said('v24.1.0')).to.deep.equal([]);
  });

  it('warns when clients are created', () => {
    const logger = new RememberingLogger();
    const source = new SdkCredentialSource(systemClock, null);
    new SdkAwsClientsProvider({ environment: {} }, new SecretRegistry(), logger, source, null);
    expect(logger.lines).to.have.length(said(process.version).length);
  });
});

describe('shared', () => {
  it('fetches keys again five minutes before they expire, once for concurrent callers', async () => {
    let nowMs = 0;
    let calls = 0;
    const provider = shared(
      async () => {
        calls += 1;
        return { accessKeyId: String(calls), secretAccessKey: 'x', expiration: new Date(nowMs + 3_600_000) };
      },
      () => nowMs,
    );

    await Promise.all([provider(), provider()]);
    nowMs = 54 * 60_000;
    await provider();
    const beforeExpiry = calls;
    nowMs = 56 * 60_000;
    const [renewed] = await Promise.all([provider(), provider()]);

    expect(beforeExpiry).to.equal(1);
    expect(calls).to.equal(2);
    expect(renewed.accessKeyId).to.equal('2');
  });
});
