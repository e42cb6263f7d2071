import { expect } from 'chai';
import { formatDuration } from '../../../../src/cli/output/format.js';
import { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench, type Ran } from '../../run-command-line.js';

const FIXTURE = fixturePath('fixture-plugin');

describe('run, runs and start', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());

  const startOnce = (...words: readonly string[]): Promise<Ran> =>
    bench.run('start', '--pool', 'mine', '--plugin', FIXTURE, '--run-once', ...words);

  it('create a run of a command line, execute it, and print its log', async () => {
    const queued = await bench.json('run', '--pool', 'mine', '--', 'say', 'hello world');

    const started = await startOnce();
    const logs = await bench.run('runs', 'logs', queued.id);
    const run = await bench.json('runs', 'inspect', queued.id);

    expect(started.exitCode, started.stderr).to.equal(0);
    expect(logs.stdout).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \| INFO +\| 'hello world'$/m);
    expect(run.stateType).to.equal('COMPLETED');
    expect(run.states.map((state: { type: string }) => state.type)).to.include.members([
      'SCHEDULED',
      'PENDING',
      'COMPLETED',
    ]);
    expect(run.result.phasesSeconds).to.deep.equal({ start: 0.25, run: 1.5 });
  });

  it('show links to the job, only with https, and how to see its request', async () => {
    const { id } = await bench.json('run', '--pool', 'mine', '--', 'say', 'hi');
    await startOnce();

    const { stdout } = await bench.run('runs', 'inspect', id);

    expect(stdout).to.match(/^link: task +https:\/\/console\.example\.com\/fixture:/m);
    expect(stdout).not.to.contain('javascript:');
    expect(stdout).to.match(/^request +worker-host render --run [0-9a-f]{8}$/m);
  });

  it('show pool, type, plugin, control plane with its reason, data and how to stop at the start', async () => {
    const { stderr } = await startOnce('--limit', '4', '--name', 'w1');

    const home = bench.environment.WORKER_HOST_HOME ?? '';
    expect(stderr).to.match(/^worker +w1$/m);
    expect(stderr).to.match(/^pool +mine$/m);
    expect(stderr).to.match(/^type +fixture \(the type of the pool\)$/m);
    expect(stderr).to.match(/^plugin +fixture-plugin 1\.2\.3$/m);
    expect(stderr).to.match(/^control plane +embedded pool \(PREFECT_API_URL is not set\)$/m);
    expect(stderr).to.contain(home);
    expect(stderr).to.match(/^limit +at most 4 active runs$/m);
    expect(stderr).to.match(/^stop +exits when/m);
    expect(stderr).to.match(/^Stopped\. 0 runs ended\.$/m);
  });

  for (const address of ['not-a-url', '127.0.0.1:4200/api', 'ftp://127.0.0.1/api'])
    it(`reject ${address} as the URL of a Prefect server`, async () => {
      bench.environment.PREFECT_API_URL = address;

      const { exitCode, stderr } = await startOnce('--type', 'fixture');

      expect(exitCode).to.equal(3);
      expect(stderr)
        .to.contain('PREFECT_API_URL: expected an http or https address (environment variable PREFECT_API_URL)')
        .and.to.contain('code: PREFECT_SETTINGS_INVALID');
    });

  it('report which setting selected the embedded pool', async () => {
    bench.environment.PREFECT_API_URL = 'http://127.0.0.1:9/api';
    bench.environment.WORKER_HOST_ORCHESTRATOR = 'embedded';

    const { exitCode, stderr } = await startOnce();

    expect(exitCode).to.equal(0);
    expect(stderr).to.contain('embedded pool (WORKER_HOST_ORCHESTRATOR)');
  });

  it('create the pool if there is none, with the type of the only plugin', async () => {
    const { exitCode, stderr } = await bench.run('start', '--pool', 'new', '--plugin', FIXTURE, '--run-once');
    const pool = await bench.json('pool', 'inspect', 'new');

    expect(exitCode, stderr).to.equal(0);
    expect(stderr).to.contain('fixture (the only plugin found)');
    expect(pool.type).to.equal('fixture');
    expect(pool.baseJobTemplate.job_configuration.command).to.equal('{{ command }}');
  });

  it('do not create a pool if disabled', async () => {
    const { exitCode, stderr } = await bench.run(
      ...[
        'start',
        '--pool',
        'new',
        '--type',
        'fixture',
        '--plugin',
        FIXTURE,
        '--run-once',
        '--no-create-pool-if-not-found',
      ],
    );

    expect(exitCode).to.equal(4);
    expect(stderr).to.contain('new');
    expect(await bench.json('pool', 'ls')).to.have.length(1);
  });

  it('create a run of a deployment with its own variables, parameters, tags and time', async () => {
    await bench.run('deployment', 'create', 'greet', '--pool', 'mine', '--param', 'a=1', '--', 'say', 'hi');

    const run = await bench.json(
      ...[
        'run',
        'greet',
        '--job-variable',
        'env={"X":"1"}',
        '--param',
        'n=2',
        '--tag',
        't',
        '--at',
        '2099-01-01T00:00:00Z',
      ],
    );

    expect(run.jobVariables).to.deep.equal({ env: { X: '1' } });
    expect(run.parameters).to.deep.equal({ a: 1, n: 2 });
    expect(run.tags).to.include('t');
    expect(Date.parse(run.expectedStartTime)).to.equal(Date.parse('2099-01-01T00:00:00Z'));
  });

  it('create at most one run per key', async () => {
    const once = await bench.json('run', '--pool', 'mine', '--idempotency-key', 'k', '--', 'say', 'a');
    const again = await bench.json('run', '--pool', 'mine', '--idempotency-key', 'k', '--', 'say', 'a');

    expect(again.id).to.equal(once.id);
    expect(await bench.json('runs', 'ls')).to.have.length(1);
  });

  it('take the pool of run from the environment', async () => {
    bench.environment.WORKER_HOST_POOL = 'mine';

    const run = await bench.json('run', '--', 'say', 'a');

    expect(run.workPoolName).to.equal('mine');
  });

  const outcomes = [
    ['say hello', 0, 'Completed', 'hello'],
    ['fail 3', 10, 'Failed', 'Try: Say 0.'],
    ['broken', 11, 'Crashed', 'no such infrastructure'],
  ] as const;
  for (const [job, code, name, text] of outcomes) {
    it(`watch "${job}" to its end and exit with ${code}`, async () => {
      const other = new CommandLineBench();
      other.environment.WORKER_HOST_HOME = bench.environment.WORKER_HOST_HOME;
      const watching = bench.run('run', '--pool', 'mine', '--watch', '--', ...job.split(' '));
      while (!bench.stdout.includes('Queued run')) await new Promise((resolve) => setImmediate(resolve));

      const started = await other.run('start', '--pool', 'mine', '--plugin', FIXTURE, '--run-once');
      const watched = await watching;
      other.dispose();

      expect(started.exitCode, started.stderr).to.equal(0);
      expect(watched.exitCode).to.equal(code);
      expect(watched.stdout).to.match(new RegExp(`state +\\| ${name}`));
      expect(`${watched.stdout}${watched.stderr}`).to.contain(text);
      expect(watched.stderr).to.contain(`ended ${name} after`);
    });
  }

  it('name the deployment of a run', async () => {
    await bench.run('deployment', 'create', 'greet', '--pool', 'mine', '--', 'say', 'hello');
    const ofDeployment = await bench.json('run', 'greet');
    const ofCommand = await bench.json('run', '--pool', 'mine', '--', 'say', 'hello');

    const shown = await bench.run('runs', 'inspect', ofDeployment.id);
    const other = await bench.run('runs', 'inspect', ofCommand.id);

    expect(shown.stdout).to.match(/^deployment +greet$/m);
    expect(other.stdout).to.not.contain('deployment');
  });

  it('show how long a run took, whenever it is read', async () => {
    const run = await bench.json('run', '--pool', 'mine', '--', 'say', 'hello');
    await startOnce();
    const { states } = await bench.json('runs', 'inspect', run.id);
    const [taken, ended] = [states[1], states.at(-1)].map(({ timestamp }: { timestamp: string }) =>
      Date.parse(timestamp),
    );

    const { stderr } = await bench.run('runs', 'watch', run.id);

    expect(stderr).to.contain(`ended Completed after ${formatDuration(((ended ?? 0) - (taken ?? 0)) / 1000)}.`);
  });

  it('report that a worker has created its pool', async () => {
    const made = await bench.run('start', '--pool', 'new', '--type', 'fixture', '--plugin', FIXTURE, '--run-once');
    const found = await bench.run('start', '--pool', 'new', '--type', 'fixture', '--plugin', FIXTURE, '--run-once');

    expect(made.stderr).to.contain('Made the pool  pool=new type=fixture');
    expect(found.stderr).to.not.contain('Made the pool');
  });

  it('show states and log lines of a run in order of time', async () => {
    const run = await bench.json('run', '--pool', 'mine', '--', 'say', 'hello');
    await startOnce();

    const { stdout } = await bench.run('runs', 'watch', run.id);

    const lines = stdout.trimEnd().split('\n');
    const times = lines.map((line) => line.slice(0, '2026-01-01 00:00:00.000'.length));
    expect(times).to.deep.equal([...times].sort());
    expect(lines.findIndex((line) => line.includes('| hello'))).to.be.within(1, lines.length - 2);
    expect(lines.at(-1)).to.contain('Completed');
  });

  it('stop watching on Ctrl-C without affecting the run', async () => {
    const watching = bench.run('run', '--pool', 'mine', '--watch', '--', 'say', 'later');
    while (bench.stopListeners.size === 0) await new Promise((resolve) => setImmediate(resolve));

    for (const listener of bench.stopListeners) listener('SIGINT');
    const { exitCode, stderr } = await watching;

    expect(exitCode).to.equal(130);
    expect(stderr).to.contain('worker-host runs cancel');
    expect(bench.stopListeners.size).to.equal(0);
    expect(await bench.json('runs', 'ls', '--state', 'scheduled')).to.have.length(1);
  });

  it('cancel a waiting run, and one by the beginning of its id', async () => {
    const run = await bench.json('run', '--pool', 'mine', '--', 'say', 'never');

    const cancelled = await bench.json('runs', 'cancel', run.id.slice(0, 8));
    const watched = await bench.run('runs', 'watch', run.id);

    expect(cancelled.state.type).to.equal('CANCELLED');
    expect(watched.exitCode).to.equal(12);
  });

  it('report that no worker is running to stop a cancelled run', async () => {
    const run = await bench.json('run', '--pool', 'mine', '--', 'say', 'x');
    const pool = EmbeddedPool.open({ home: bench.environment.WORKER_HOST_HOME ?? '' });
    pool.runs.propose(run.id, { type: 'RUNNING', force: true });
    pool.close();

    const { stdout } = await bench.run('runs', 'cancel', run.id);

    expect(stdout).to.contain('No worker serves the pool').and.to.contain('worker-host start --pool mine');
  });

  it('suggest a shell if the command is one word with spaces', async () => {
    const one = await bench.run('run', '--pool', 'mine', '--', "echo 'hi'; exit 4");
    const several = await bench.run('run', '--pool', 'mine', '--', 'sh', '-c', 'echo hi');

    expect(one.stderr).to.contain("-- sh -c 'echo '\\''hi'\\''; exit 4'");
    expect(several.stderr).not.to.contain('sh -c');
  });

  it('cancel an active run, which its worker stops', async () => {
    const run = await bench.json('run', '--pool', 'mine', '--', 'wait');
    const other = new CommandLineBench();
    other.environment.WORKER_HOST_HOME = bench.environment.WORKER_HOST_HOME;
    const working = other.run('start', '--pool', 'mine', '--plugin', FIXTURE, '--run-once');
    while ((await bench.json('runs', 'inspect', run.id)).stateType !== 'RUNNING')
      await new Promise((resolve) => setTimeout(resolve, 5));

    const cancelled = await bench.run('runs', 'cancel', run.id);
    const { exitCode } = await working;
    other.dispose();

    expect(cancelled.stdout).to.contain('Its worker is stopping it.');
    expect(exitCode).to.equal(0);
    expect((await bench.json('runs', 'inspect', run.id)).stateType).to.equal('CANCELLED');
  });

  it('end a worker at the first signal and release its runs', async () => {
    const run = await bench.json('run', '--pool', 'mine', '--', 'wait');
    const other = new CommandLineBench();
    other.environment.WORKER_HOST_HOME = bench.environment.WORKER_HOST_HOME;
    const working = other.run('start', '--pool', 'mine', '--plugin', FIXTURE);
    while ((await bench.json('runs', 'inspect', run.id)).stateType !== 'RUNNING')
      await new Promise((resolve) => setTimeout(resolve, 5));

    for (const listener of other.stopListeners) listener('SIGTERM');
    const { exitCode, stderr } = await working;
    other.dispose();

    expect(exitCode).to.equal(0);
    expect(stderr).to.contain('1 is left to the next worker');
    expect((await bench.json('runs', 'inspect', run.id)).stateType).to.equal('RUNNING');
  });

  it('list runs by state, pool and number', async () => {
    for (const each of ['one', 'two', 'three'])
      await bench.json('run', '--pool', 'mine', '--name', each, '--', 'say', each);
    await bench.run('runs', 'cancel', 'two');

    const scheduled = await bench.json('runs', 'ls', '--state', 'scheduled');
    const newest = await bench.json('runs', 'ls', '--limit', '1', '--pool', 'mine');
    const text = await bench.run('runs', 'ls', '--state', 'cancelled');

    expect(scheduled.map((each: { name: string }) => each.name)).to.deep.equal(['three', 'one']);
    expect(newest).to.have.length(1);
    expect(text.stdout).to.match(
      /\n[0-9a-f]{8} +two +- +mine +Cancelled +\d+\.\ds ago +- +- +Cancelled from the command line\n$/,
    );
  });

  it('print each log line as one JSON object, or the message alone', async () => {
    const run = await bench.json('run', '--pool', 'mine', '--', 'say', 'hello');
    await startOnce();

    const json = await bench.run('runs', 'logs', run.id, '--json', '--follow');
    const plain = await bench.run('runs', 'logs', run.id, '--plain');

    const messages = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).message);
    expect(messages).to.include('hello');
    expect(plain.stdout).to.equal(`${messages.join('\n')}\n`);
  });

  const refused: readonly (readonly [words: readonly string[], exitCode: number, text: string])[] = [
    [['run'], 2, 'Pass a deployment, or --pool'],
    [['run', 'x', '--pool', 'mine'], 2, 'Omit --pool'],
    [['run', '--pool', 'mine', '--watch', '--json', '--', 'say'], 2, 'cannot be combined'],
    [['run', '--pool', 'mine', '--at', 'soon', '--', 'say'], 2, '--at expects a time'],
    [['run', '--pool', 'mine', '--job-variable', 'x', '--', 'say'], 2, '--job-variable expects name=value'],
    [['runs', 'ls', '--state', 'odd'], 2, 'Allowed choices are'],
    [['runs', 'ls', '--limit', '0'], 2, '--limit expects a whole number'],
    [['start', '--plugin', FIXTURE], 2, 'No work pool is set.'],
    [['start', '--pool', 'mine', '--type', 'other', '--plugin', FIXTURE], 6, 'type=fixture, wanted=other, by=--type'],
    [['start', '--pool', 'new', '--type', 'other', '--plugin', FIXTURE], 6, 'PLUGIN_TYPE_UNKNOWN'],
    [['start', '--pool', 'new', '--plugin', fixturePath('throwing-plugin')], 6, 'this plugin is broken inside'],
    [
      ['start', '--pool', 'new', '--type', 'shapeless', '--plugin', fixturePath('shapeless-plugin')],
      6,
      'plugin.apiVersion: expected 2, got 99',
    ],
    [['start', '--pool', 'mine', '--plugin', FIXTURE, '--base-job-template', 'none.json'], 3, 'none.json'],
    [['start', '--pool', 'mine', '--orchestrator', 'prefect'], 3, 'PREFECT_SERVER_NOT_CONFIGURED'],
  ];
  for (const [words, code, text] of refused) {
    it(`refuse ${words.map((word) => word.replace(/^.*fixtures\//, '')).join(' ')}`, async () => {
      const { exitCode, stderr } = await bench.run(...words);

      expect(stderr).to.contain(text);
      expect(exitCode).to.equal(code);
    });
  }
});
