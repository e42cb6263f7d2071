import { expect } from 'chai';
import { CommandLineBench } from '../../run-command-line.js';

describe('deployment commands', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());

  it('create a deployment with command, job variables, parameters, tags and schedules', async () => {
    const { exitCode } = await bench.run(
      ...['deployment', 'create', 'nightly', '--pool', 'mine', '--job-variable', 'env={"A":"1"}', '--param', 'n=3'],
      ...['--tag', 'x', '--tag', 'y', '--cron', '30 2 * * *', '--timezone', 'Europe/Berlin', '--interval', '10m'],
      ...['--', 'say', "it's done"],
    );
    const deployment = await bench.json('deployment', 'inspect', 'nightly');

    expect(exitCode).to.equal(0);
    expect(deployment).to.deep.include({
      name: 'nightly',
      workPoolName: 'mine',
      jobVariables: { env: { A: '1' }, command: `say 'it'"'"'s done'` },
      parameters: { n: 3 },
      tags: ['x', 'y'],
      isPaused: false,
    });
    expect(deployment.schedules).to.have.length(2);
    expect(deployment.schedules[0]).to.include({ kind: 'cron', cron: '30 2 * * *', timezone: 'Europe/Berlin' });
    expect(deployment.schedules[1]).to.include({ kind: 'interval', intervalSeconds: 600 });
  });

  it('report that a deployment of the same name was replaced', async () => {
    const made = await bench.run('deployment', 'create', 'a', '--pool', 'mine', '--', 'say', 'one');
    const replaced = await bench.run('deployment', 'create', 'a', '--pool', 'mine', '--', 'say', 'two');

    expect(made.stdout).to.equal('Created deployment a in pool mine.\n');
    expect(replaced.stdout).to.equal('Replaced deployment a in pool mine.\n');
  });

  it('list schedules and commands in words', async () => {
    await bench.run('deployment', 'create', 'a', '--pool', 'mine', '--cron', '0 * * * *', '--', 'say', 'hello');
    await bench.run('deployment', 'create', 'b', '--pool', 'mine', '--', 'say', 'x'.repeat(80));

    const { stdout } = await bench.run('deployment', 'ls');

    expect(stdout).to.match(/^a +mine +cron 0 \* \* \* \* \(UTC\) +in \S+( \S+)? +active +say hello$/m);
    expect(stdout).to.match(/^b +mine +- +- +active +say x{45}…$/m);
  });

  it('pause, resume and delete a deployment', async () => {
    await bench.run('deployment', 'create', 'a', '--pool', 'mine', '--', 'say', 'hello');

    await bench.run('deployment', 'pause', 'a');
    const paused = await bench.json('deployment', 'inspect', 'a');
    await bench.run('deployment', 'resume', 'a');
    const resumed = await bench.json('deployment', 'inspect', 'a');
    await bench.run('deployment', 'delete', 'a');

    expect([paused.isPaused, resumed.isPaused]).to.deep.equal([true, false]);
    expect(await bench.json('deployment', 'ls')).to.deep.equal([]);
  });

  const refused: readonly (readonly [words: readonly string[], exitCode: number, message: string])[] = [
    [['--cron', 'not a cron', '--', 'say'], 3, 'not a cron'],
    [
      ['--cron', '0 0 * * *', '--timezone', 'Mars/Base', '--', 'say'],
      3,
      "unknown time zone 'Mars/Base'; expected a name such",
    ],
    [['--cron', '61 * * * *', '--', 'say'], 3, "cron '61 * * * *': Invalid value for minute: 61; expected five"],
    [['--cron', '* * *', '--', 'say'], 3, "cron '* * *': it has 3 fields; expected five fields ("],
    [['--cron', '1 2 3 4 5 6', '--', 'say'], 3, "cron '1 2 3 4 5 6': it has 6 fields; expected five fields ("],
    [['--cron', '@often', '--', 'say'], 3, "cron '@often': it is none of @hourly, @daily,"],
    [['--cron', '* * * foo *', '--', 'say'], 3, 'contains illegal characters; expected five fields ('],
    [['--interval', 'often', '--', 'say'], 2, '--interval expects a duration'],
    [['--timezone', 'UTC', '--', 'say'], 2, '--timezone requires --cron'],
    [['--'], 2, 'Pass a command after `--`'],
    [['--job-variable', 'command=x', '--', 'say'], 2, 'The command is given twice'],
  ];
  for (const [words, code, message] of refused) {
    it(`reject ${words.join(' ')}`, async () => {
      const { exitCode, stderr } = await bench.run('deployment', 'create', 'a', '--pool', 'mine', ...words);

      expect(stderr).to.contain(message);
      expect(exitCode).to.equal(code);
      expect(await bench.json('deployment', 'ls')).to.deep.equal([]);
    });
  }
});
