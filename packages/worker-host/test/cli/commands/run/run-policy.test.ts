import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('retries of runs on the command line', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());

  const startOnce = () => bench.run('start', '--pool', 'mine', '--plugin', fixturePath('fixture-plugin'), '--run-once');

  it('start another attempt with its own line, reason and log', async () => {
    const { id } = await bench.json(
      ...['run', '--pool', 'mine', '--retries', '1', '--retry-delay', '0.001', '--', 'fail', '3'],
    );

    await startOnce();
    const between = await bench.json('runs', 'inspect', id);
    await startOnce();
    const after = await bench.json('runs', 'inspect', id);
    const attempts = await bench.run('runs', 'attempts', id);
    const shown = await bench.run('runs', 'inspect', id);
    const second = await bench.run('runs', 'logs', id, '--attempt', '2', '--plain');

    expect(between.stateName).to.equal('AwaitingRetry');
    expect(after.stateName).to.equal('Failed');
    expect(after.policy).to.deep.equal({ retries: { attempts: 2, delaySeconds: 0.001 } });
    expect(attempts.stdout.match(/^ +[12] .* Failed +3 +It said 3\.$/gm)).to.have.length(2);
    expect(shown.stdout).to.match(/^attempt +2$/m);
    expect(shown.stdout).to.match(/^attempts +2 at most, after 0.001s, exponential$/m);
    expect(second.stdout.match(/claimed the run/g)).to.have.length(1);
  });

  it('can be set for a deployment, with rules and time limits', async () => {
    await bench.run(
      ...['deployment', 'create', 'job', '--pool', 'mine', '--retries', '2', '--retry-back-off', 'fixed'],
      ...['--retry-max-delay', '1m', '--retry-jitter', '0', '--exit-code-map', '3=complete,5-9=fail'],
      ...['--end-rule', 'kind=out-*,reason=*a, b*:retry', '--queue-timeout', '1h', '--start-timeout', '5m'],
      ...['--run-timeout', '2h', '--', 'fail', '3'],
    );
    const { policy } = await bench.json('deployment', 'inspect', 'job');
    const { id } = await bench.json('run', 'job');
    await startOnce();

    expect(policy).to.deep.equal({
      retries: { attempts: 3, backOff: 'fixed', maxDelaySeconds: 60, jitter: 0 },
      rules: [
        { exitCodes: '3', action: 'complete' },
        { exitCodes: '5-9', action: 'fail' },
        { kind: 'out-*', reason: '*a, b*', action: 'retry' },
      ],
      limits: { queueSeconds: 3600, startSeconds: 300, runSeconds: 7200 },
    });
    const run = await bench.json('runs', 'inspect', id);
    expect(run.stateName).to.equal('Completed');
    expect((await bench.run('deployment', 'inspect', 'job')).stdout).to.contain(
      'exit=3: complete; exit=5-9: fail; kind=out-* and reason=*a, b*: retry',
    );
  });

  const refused: readonly (readonly [words: readonly string[], exitCode: number, message: string])[] = [
    [['--retry-delay', '1s'], 2, 'require --retries'],
    [['--retries', '-1'], 2, '--retries expects a whole number of at least 0'],
    [['--retries', '1', '--retry-jitter', '2'], 2, '--retry-jitter expects a number from 0 to 1'],
    [['--exit-code-map', '3=explode'], 2, '--exit-code-map expects code=action'],
    [['--end-rule', 'kind=x'], 2, '--end-rule expects conditions:retry|fail|complete'],
    [['--end-rule', 'sort=x:retry'], 2, '--end-rule takes exit=, kind= and reason='],
    [['--end-rule', 'exit=x:retry'], 3, 'rule 1: exit codes must have the form'],
    [['--retries', '5000'], 3, 'attempts must be 1 to 1000'],
  ];
  for (const [words, code, message] of refused)
    it(`reject ${words.join(' ')}`, async () => {
      const { exitCode, stderr } = await bench.run('run', '--pool', 'mine', ...words, '--', 'say');
      expect(stderr).to.contain(message);
      expect(exitCode).to.equal(code);
    });
});
