import { expect } from 'chai';
import { CommandLineBench } from '../../run-command-line.js';

describe('schedule commands', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
    await bench.run('deployment', 'create', 'job', '--pool', 'mine', '--cron', '0 0 1 1 *', '--', 'say');
  });
  afterEach(() => bench.dispose());

  it('add schedules with rules, list them, and show their next times', async () => {
    const added = await bench.run(
      ...['schedule', 'add', 'job', '--name', 'often', '--interval', '10m', '--overlap', 'skip', '--jitter', '5s'],
      ...['--catch-up', 'all', '--catch-up-window', '1h', '--param', 'full=true', '--anchor', '2026-01-01T00:00:00Z'],
    );
    const listed = await bench.run('schedule', 'ls', 'job');
    const views = await bench.json('schedule', 'ls');
    const next = await bench.json('schedule', 'next', 'job', '--count', '3');

    expect(added.stdout).to.contain('every 10m 00s, overlap skip, jitter 5.0s, catch up all, catch-up window 1h 00m.');
    expect(listed.stdout).to.match(/^job +1 +cron 0 0 1 1 \* \(UTC\) +in .* +active$/m);
    expect(listed.stdout).to.match(/^job +often +every 10m 00s, .* +active$/m);
    expect(views[1].schedule).to.deep.equal({
      kind: 'interval',
      intervalSeconds: 600,
      anchor: '2026-01-01T00:00:00.000Z',
      overlap: 'skip',
      jitterSeconds: 5,
      catchUp: 'all',
      catchUpSeconds: 3600,
      name: 'often',
      parameters: { full: true },
    });
    expect(next).to.have.length(3);
    expect(next[0]).to.include({ deployment: 'job', schedule: 'often' });
    expect((await bench.run('schedule', 'next')).stdout).to.match(/^\S+Z +in .* +job +often$/m);
  });

  it('pause until a time, resume and delete', async () => {
    const paused = await bench.run('schedule', 'pause', 'job', '1', '--until', '2999-01-01T00:00:00Z');
    const during = await bench.run('schedule', 'ls');
    const resumed = await bench.run('schedule', 'resume', 'job');
    const deleted = await bench.run('schedule', 'delete', 'job', '1');

    expect(paused.stdout).to.equal('Schedule 1 of deployment job is paused until 2999-01-01T00:00:00.000Z.\n');
    expect(during.stdout).to.match(/paused until 2999-01-01T00:00:00.000Z$/m);
    expect(resumed.stdout).to.equal('The schedules of deployment job are active.\n');
    expect(deleted.stdout).to.equal('Deleted schedule 1 of deployment job.\n');
    expect(await bench.json('schedule', 'ls')).to.deep.equal([]);
  });

  const refused: readonly (readonly [words: readonly string[], exitCode: number, message: string])[] = [
    [['add', 'job'], 2, 'Pass --cron, --rrule or --interval'],
    [['add', 'job', '--overlap', 'skip'], 2, 'require --cron, --rrule or --interval'],
    [['add', 'job', '--cron', '0 0 * * *', '--anchor', '2026-01-01'], 2, '--anchor requires --interval'],
    [['add', 'job', '--cron', '0 0 * * *', '--name', '3'], 3, 'its name must not be a number'],
    [['add', 'job', '--rrule', 'FREQ=OFTEN'], 3, "rrule 'FREQ=OFTEN': "],
    [['add', 'nothing', '--cron', '0 0 * * *'], 4, "There is no deployment named 'nothing'"],
    [['pause', 'job', '2'], 4, "There is no schedule named '2'. Known: 1."],
    [['next', 'job', '--count', '0'], 2, '--count expects a whole number'],
  ];
  for (const [words, code, message] of refused)
    it(`reject ${words.join(' ')}`, async () => {
      const { exitCode, stderr } = await bench.run('schedule', ...words);
      expect(stderr).to.contain(message);
      expect(exitCode).to.equal(code);
    });
});
