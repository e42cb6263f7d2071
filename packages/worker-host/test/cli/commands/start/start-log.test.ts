import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

const FIXTURE = fixturePath('fixture-plugin');

describe('the log of start', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
    await bench.json('run', '--pool', 'mine', '--name', 'brisk-otter', '--', 'fail', '3');
  });
  afterEach(() => bench.dispose());
  const linesOf = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const start = (...words: readonly string[]) =>
    bench.run('start', '--pool', 'mine', '--plugin', FIXTURE, '--run-once', ...words);

  it('contains only JSON with --log-format json: banner, events, farewell', async () => {
    const { exitCode, stdout, stderr } = await start('--log-format', 'json', '--limit', '4');

    const lines = linesOf(stderr);
    expect([exitCode, stdout]).to.deep.equal([0, '']);
    for (const line of lines) expect(line).to.include.keys('level', 'time', 'message');
    expect(lines[0]).to.include({ message: 'Starting the worker', workPoolName: 'mine', type: 'fixture', limit: 4 });
    expect(lines.at(-1)?.message).to.match(/^Stopped\. 1 run ended\.$/);
    expect(lines.find(({ run }) => run === 'brisk-otter')).to.include.keys('flowRunId');
  });

  it('contains only JSON also if the start fails, a plugin is broken, or Node warns', async () => {
    bench.environment.WORKER_HOST_LOG_FORMAT = 'json';

    const failed = await start('--type', 'other');

    const [line] = linesOf(failed.stderr);
    expect(failed.exitCode).to.equal(6);
    expect(line).to.deep.include({ level: 'error', exitCode: 6 });
    expect(line?.error).to.include({ code: 'WORKER_TYPE_MISMATCH' });
    bench.stderr = '';
    for (const listener of bench.warningListeners) listener(new Error('SDK support ends'));
    expect(linesOf(bench.stderr)[0]).to.include({ level: 'warn', message: 'SDK support ends' });
  });

  it('reports the load of the worker at the configured interval', async () => {
    await bench.json('run', '--pool', 'mine', '--', 'wait');

    const starting = start('--log-format', 'json', '--limit', '4', '--load-log-seconds', '0.05');
    while (!bench.stderr.includes('"event":"load"')) await new Promise((resolve) => setImmediate(resolve));
    for (const listener of bench.stopListeners) listener('SIGTERM');
    const { stderr } = await starting;

    const loads = linesOf(stderr).filter(({ event }) => event === 'load');
    expect(loads[0]).to.include.keys('slotsTaken', 'slotsTakenPercent', 'dueRuns', 'oldestDueSeconds');
  });

  it('names the options if the port is invalid', async () => {
    const { exitCode, stderr } = await start('--with-healthcheck', '--webserver-port', '99999');

    expect(exitCode).to.equal(3);
    expect(stderr)
      .to.contain('port=99999')
      .and.to.contain('--webserver-port')
      .and.to.contain('HEALTH_SERVER_UNAVAILABLE');
  });

  it('has one event per line, local times with date, and colours only on a terminal', async () => {
    const plain = await start('--utc');
    await bench.json('run', '--pool', 'mine', '--', 'say', 'x');
    bench.stderrIsTerminal = true;
    const coloured = await start('--utc');

    const events = plain.stderr.split('\n').filter((line) => line.includes('brisk-otter'));
    expect(events).not.to.equal([]);
    for (const line of events)
      expect(line).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO|WARN|ERROR) /);
    expect(plain.stderr).not.to.contain('\u001b[');
    expect(coloured.stderr).to.contain('\u001b[36mINFO \u001b[0m');
  });
});
