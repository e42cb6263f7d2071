import { type JobOptions, ownContainer, runJob } from '@worker-host/core';
import { ECS_TOKENS, plugin, type ReceivedTaskEvent, type TaskToRead } from '@worker-host/ecs';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { extension as oneRegion } from '../src/aws-client-factory.js';
import { extension as brokerKeys } from '../src/credentials.js';
import { extension as janitor } from '../src/diagnosis-row.js';
import { plugin as ecsTeam } from '../src/ecs-team.js';
import { extension as webhook } from '../src/event-source.js';
import { extension as teamPays } from '../src/launch-rule.js';
import { extension as loki } from '../src/log-reader.js';
import { aFreePort, Opened } from './support.js';

const PHASES = { provisioningMs: 10, pendingMs: 10, activatingMs: 10 };

describe('an extension of the ECS plugin in fifteen lines', () => {
  const opened = new Opened();
  afterEach(() => opened.closeAll());

  async function startAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
    const aws = opened.add(await startLocalAws({ phases: PHASES, ...options }), (each) => each.close());
    const before = { ...process.env };
    // The SDK's standard chain of credentials reads the environment of the process.
    Object.assign(process.env, aws.environment);
    opened.add(before, (environment) => {
      process.env = environment;
    });
    return aws;
  }

  function run(aws: LocalAws, options: JobOptions) {
    return runJob(plugin, {
      ...options,
      variables: { command: 'true', ...options.variables },
      environment: { ...aws.environment, PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false' },
    });
  }

  it('creates the clients of AWS', async () => {
    const aws = await startAws();

    const result = await run(aws, { extensions: [oneRegion] });

    expect(result.statusCode).to.equal(0);
    expect(aws.at(aws.account, 'eu-west-1').ecs.tasks()).to.have.length(1);
    expect(aws.ecs.tasks()).to.have.length(0);
  });

  it('provides the keys with which calls are signed', async () => {
    const aws = await startAws({ accounts: { AKIABROKER: '999999999999' } });
    const keys = { accessKeyId: 'AKIABROKER', secretAccessKey: 'of the broker' };
    process.env.KEY_BROKER = await opened.serve(() => ({ body: keys }));

    const result = await run(aws, { extensions: [brokerKeys] });

    expect(result.identifier).to.contain(':999999999999:');
  });

  it('rejects launches by a rule', async () => {
    const aws = await startAws();

    const refused: unknown = await run(aws, { extensions: [teamPays] }).catch((error: unknown) => error);
    const launched = await run(aws, { extensions: [teamPays], variables: { labels: { team: 'data' } } });

    expect(String(refused)).to.contain('labels.team: expected the team that pays, found nothing');
    expect(launched.statusCode).to.equal(0);
    expect(aws.ecs.tasks()).to.have.length(1);
  });

  it('explains an end', async () => {
    const aws = await startAws();
    const reason = 'night janitor: cost saving';

    const { end } = await run(aws, {
      extensions: [janitor],
      variables: { command: 'sleep 60' },
      onStarted: (identifier) => void aws.call('ecs:StopTask', { task: identifier.split('::')[1] ?? '', reason }),
    });

    expect(end?.diagnosis).to.include({ summary: 'The night janitor stopped the task', level: 'warning' });
  });

  it('provides task events', async () => {
    const port = await aFreePort();
    process.env.WEBHOOK_PORT = String(port);
    const received: ReceivedTaskEvent[] = [];
    const { container } = ownContainer('failed');
    container.registerInstance(ECS_TOKENS.TaskEventReceiver, {
      receive: async (events) => void received.push(...events),
    });
    webhook.register(container);
    const source = opened.add(container.resolve(ECS_TOKENS.TaskEventSource), (each) => each.close());
    const detail = { taskArn: 'arn:aws:ecs:us-east-1:1:task/c/1', lastStatus: 'STOPPED', version: 7 };
    const event = { 'detail-type': 'ECS Task State Change', source: 'aws.ecs', detail };

    await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: JSON.stringify(event) });
    await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'no event' });

    expect(received.map((each) => each.detail)).to.deep.equal([detail]);
    expect(source.problems).to.deep.equal([]);
  });

  it('provides them to a worker, which closes the source at its end', async () => {
    const aws = await startAws();
    const port = await aFreePort();
    process.env.WEBHOOK_PORT = String(port);
    const statuses: number[] = [];

    await run(aws, {
      extensions: [webhook],
      variables: { command: 'sleep 1' },
      onStarted: () =>
        void fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: '{}' }).then(({ status }) =>
          statuses.push(status),
        ),
    });
    const after: unknown = await fetch(`http://127.0.0.1:${port}`).catch((error: unknown) => error);

    expect(statuses).to.deep.equal([200]);
    expect(after).to.be.instanceOf(TypeError);
  });

  it('reads output, and its tail', async () => {
    const aws = await startAws();
    const lines = [1, 2, 3].map((second) => [`${second}000000000`, `line ${second}`] as const);
    process.env.LOKI_URL = await opened.serve(({ url = '' }) => {
      const asked = new URL(url, 'http://loki').searchParams;
      const from = BigInt(asked.get('start') ?? '0');
      const values = lines.filter(([ns]) => BigInt(ns) >= from);
      if (asked.get('direction') !== 'forward') values.reverse().splice(Number(asked.get('limit')));
      return { body: { data: { result: asked.get('query') === '{flow_run_id="my-run"}' ? [{ values }] : [] } } };
    });
    const seen: string[] = [];

    await run(aws, {
      id: 'my-run',
      extensions: [loki],
      onOutput: (line, timestampMs) => seen.push(`${timestampMs} ${line}`),
    });
    const { container } = ownContainer('failed');
    loki.register(container);
    const output = await container.resolve(ECS_TOKENS.LogReader).outputOf({ flowRunId: 'my-run' } as TaskToRead);
    if (output === null || 'elsewhere' in output) throw new Error('no output');

    expect(seen).to.deep.equal(['1000 line 1', '2000 line 2', '3000 line 3']);
    expect(await output.tail(2, new AbortController().signal)).to.deep.equal(['line 2', 'line 3']);
  });

  it('is a plugin of another type, with an additional field', async () => {
    const aws = await startAws();

    await runJob(ecsTeam, {
      variables: { command: 'true', team: 'data' },
      extensions: [teamPays],
      environment: { ...aws.environment, PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false' },
    });

    expect(aws.ecs.tasks()[0]?.description.tags).to.deep.include({ key: 'team', value: 'data' });
  });
});
