import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CommandLineBench } from '../../run-command-line.js';

const FILE = `
label: team-a
pools:
  mine:
    type: fixture
    concurrency_limit: 5
    queues:
      urgent: { priority: 1, concurrency_limit: 2 }
      later: { paused: true }
    retention:
      completed: { max_age: 7d, max_runs: 1000 }
limits:
  api: { max: 2, on_limit: skip, rate: { runs: 10, per: 1m } }
deployments:
  nightly:
    pool: mine
    queue: urgent
    command: ./backup.sh --all
    job_variables: { env: { API_TOKEN: "hush", MODE: fast } }
    parameters: { full: true }
    tags: [x, y]
    priority: 50
    paused: true
    limit: { max: 1, on_limit: queue }
    concurrency_key: { key: api }
    retries: { attempts: 3, delay: 30s, back_off: fixed, max_delay: 10m, jitter: 0 }
    rules:
      - { exit_codes: "75", action: retry }
      - { kind: out-*, reason: "*memory*", action: fail }
    time_limits: { queue: 1h, start: 5m, run: 2h }
    schedules:
      - { cron: "30 2 * * *", timezone: Europe/Berlin }
      - { name: often, interval: 10m, anchor: "2026-01-01T00:00:00Z", overlap: skip, jitter: 5s, catch_up: all, catch_up_window: 1h, parameters: { n: 1 } }
variables:
  region: eu
  nested: { list: [1, 2.5, null] }
`;

describe('apply, diff and export', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
  });
  afterEach(() => bench.dispose());

  const write = (text: string, name = 'pools.yaml'): string => {
    const path = join(bench.directory, name);
    writeFileSync(path, text);
    return path;
  };
  const apply = (text: string, ...words: readonly string[]) => bench.run('apply', '-f', write(text), ...words);
  const diff = (text: string, ...words: readonly string[]) => bench.run('diff', '-f', write(text), ...words);

  it('apply everything in the file, and change nothing the second time', async () => {
    const before = await diff(FILE, '--exit-code');
    const first = await apply(FILE);
    const second = await apply(FILE);
    const after = await diff(FILE, '--exit-code');
    const deployment = await bench.json('deployment', 'inspect', 'nightly');

    expect(before.stdout).to.equal(
      '+ pool mine\n+ limit api\n+ deployment nightly\n+ variable region\n+ variable nested\n',
    );
    expect([before.exitCode, after.exitCode]).to.deep.equal([5, 0]);
    expect(first.stdout, first.stderr).to.contain('Applied 5 changes.');
    expect([second.stdout, after.stdout]).to.deep.equal(['Nothing differs.\n', 'Nothing differs.\n']);
    expect(deployment).to.deep.include({ workQueueName: 'urgent', isPaused: true, priority: 50, tags: ['x', 'y'] });
    expect(deployment.jobVariables.command).to.equal('./backup.sh --all');
    expect(deployment.policy).to.deep.equal({
      retries: { attempts: 3, delaySeconds: 30, backOff: 'fixed', maxDelaySeconds: 600, jitter: 0 },
      rules: [
        { exitCodes: '75', action: 'retry' },
        { kind: 'out-*', reason: '*memory*', action: 'fail' },
      ],
      limits: { queueSeconds: 3600, startSeconds: 300, runSeconds: 7200 },
    });
    expect(deployment.schedules[1]).to.include({
      name: 'often',
      intervalSeconds: 600,
      overlap: 'skip',
      catchUpSeconds: 3600,
    });
    expect(await bench.json('pool', 'retention', 'mine')).to.deep.nested.include({
      'COMPLETED.maxAgeSeconds': 604_800,
    });
    expect((await bench.json('limit', 'ls'))[0]).to.deep.include({
      key: 'api',
      most: 2,
      rate: { runs: 10, perSeconds: 60 },
    });
  });

  for (const format of ['yaml', 'toml', 'json'])
    it(`export what was applied as ${format}, which applies elsewhere without a difference`, async () => {
      await apply(FILE.replace('null]', '3]'));
      const { stdout } = await bench.run('export', '--format', format);
      const path = write(stdout, `exported.${format}`);
      expect((await bench.run('diff', '-f', path)).stdout).to.equal('Nothing differs.\n');
      bench.environment.WORKER_HOST_HOME = join(bench.directory, 'elsewhere');
      const applied = await bench.run('apply', '-f', path);
      expect(applied.exitCode, applied.stderr).to.equal(0);
      expect((await bench.run('export', '--format', format)).stdout).to.equal(stdout);
      expect((await bench.run('diff', '-f', path)).stdout).to.equal('Nothing differs.\n');
    });

  it('show what a change of the file changes, without values under secret names', async () => {
    await apply(FILE);
    const changed = FILE.replace('concurrency_limit: 5', 'concurrency_limit: 7')
      .replace('run: 2h', 'run: 3h')
      .replace('"hush"', '"new"')
      .replace('region: eu', 'region: us');
    const shown = await diff(changed);
    const applied = await apply(changed);

    expect(shown.stdout).to.equal(
      [
        '~ pool mine',
        '    concurrency_limit: 5 -> 7',
        '~ deployment nightly',
        '    time_limits.run: 7200 -> 10800',
        '~ variable region',
        '    value: "eu" -> "us"',
        '',
      ].join('\n'),
    );
    expect(shown.stdout + applied.stdout).to.not.contain('hush');
    expect(await bench.json('deployment', 'inspect', 'nightly')).to.deep.nested.include({
      'policy.limits.runSeconds': 10_800,
    });
    expect((await diff(changed)).stdout).to.equal('Nothing differs.\n');
  });

  it('do not change what the file does not contain, and prune by its label', async () => {
    await apply(FILE);
    await bench.run('deployment', 'create', 'by-hand', '--pool', 'mine', '--', 'say');
    const smaller = 'label: team-a\nlimits: { api: { max: 2 } }\n';
    expect((await apply(smaller)).stdout).to.contain('~ limit api');
    expect(await bench.json('deployment', 'ls')).to.have.length(2);
    expect((await diff(smaller, '--prune')).stdout).to.equal('- deployment nightly\n');
    await apply(smaller, '--prune');
    const names = (await bench.json('deployment', 'ls')).map(({ name }: { name: string }) => name);
    expect(names).to.deep.equal(['by-hand']);
    expect(await bench.json('pool', 'ls')).to.have.length(1);
  });

  it('change nothing if one object cannot be applied', async () => {
    const refused = await apply(FILE.replace('pool: mine', 'pool: nowhere'));
    expect(refused.exitCode).to.equal(4);
    expect(await bench.json('pool', 'ls')).to.deep.equal([]);
    await apply(FILE);
    const retyped = await apply(FILE.replace('type: fixture', 'type: other').replace('region: eu', 'region: us'));
    expect(retyped.stderr).to.contain("the type of pool 'mine' is fixture and cannot become other");
    expect(parse((await bench.run('export')).stdout).variables.region).to.equal('eu');
  });

  it('reject a file with all its problems', async () => {
    const { exitCode, stderr } = await apply(
      'pools: { a: { typo: x } }\ndeployments: { b: { pool: a, priority: "5", schedules: [{ jitter: 1x }] } }\nmore: 1\n',
    );
    expect(exitCode).to.equal(3);
    for (const part of [
      'pools.a.type',
      'pools.a.typo',
      'deployments.b.priority',
      'jitter',
      'expected one of cron, interval, rrule',
      'more',
    ])
      expect(stderr).to.contain(part);
    expect((await apply('a: [')).stderr).to.contain('INPUT_FILE_INVALID');
    expect((await bench.run('apply', '-f', 'missing.yaml')).stderr).to.contain('it cannot be read');
  });

  it('read standard input, and print the schema', async () => {
    bench.input = 'variables: { a: 1 }';
    expect((await bench.run('apply', '-f', '-')).stdout).to.contain('+ variable a');
    expect(JSON.parse((await bench.run('export', '--schema')).stdout)).to.have.nested.property(
      'properties.deployments',
    );
  });
});
