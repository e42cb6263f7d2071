import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { collect, EndToEndBench } from './bench.js';

describe('the first steps of a new user', function () {
  this.timeout(60_000);
  let bench: EndToEndBench;
  beforeEach(async () => {
    bench = await EndToEndBench.open();
  });
  afterEach(() => bench.close());

  const queuedId = ({ stdout }: { readonly stdout: string }): string => (JSON.parse(stdout) as { id: string }).id;

  it('create a run of a command line, execute it as a task, and read its output', async () => {
    await bench.run('pool', 'create', 'p', '--type', 'ecs');
    const queued = await bench.run('run', '--pool', 'p', '--json', '--', 'sh', '-c', 'echo hello');

    const started = await bench.run('start', '--type', 'ecs', '--pool', 'p', '--run-once');
    const logs = await bench.run('runs', 'logs', queuedId(queued));
    const inspected = await bench.run('runs', 'inspect', queuedId(queued), '--json');

    expect(started.exitCode, started.stderr).to.equal(0);
    expect(logs.stdout).to.match(/\| hello$/m);
    expect(JSON.parse(inspected.stdout).stateType).to.equal('COMPLETED');
    expect(bench.aws.callCounts()['ecs:RunTask']?.total).to.equal(1);
  });

  it('pass the arguments after -- to the job unchanged', async () => {
    const words = ['printf', '%s\\n', "it's", 'two words', '$HOME', '"q"', '', 'ü#;&|'];
    await bench.run('pool', 'create', 'p', '--type', 'ecs');
    const queued = await bench.run('run', '--pool', 'p', '--json', '--', ...words);

    await bench.run('start', '--pool', 'p', '--run-once');
    const logs = await bench.run('runs', 'logs', queuedId(queued), '--plain');

    for (const word of words.slice(2)) expect(logs.stdout.split('\n')).to.include(word);
  });

  it('show why a job failed, with the exit code for it', async () => {
    await bench.run('pool', 'create', 'p', '--type', 'ecs');
    const worker = bench.spawn(['start', '--pool', 'p']);
    const watched = await bench.run('run', '--pool', 'p', '--watch', '--', 'sh', '-c', 'echo before; exit 7');
    worker.kill('SIGTERM');

    expect(watched.exitCode, watched.stderr).to.equal(10);
    expect(watched.stdout).to.contain('before');
    expect(watched.stderr).to.contain('7');
  });

  it('can stop the demonstration, which only reports that', async () => {
    const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));
    const child = spawn(process.execPath, [main]);
    child.stdout.once('data', () => child.kill('SIGINT'));

    const { exitCode, stdout, stderr } = await collect(child);

    expect(exitCode, stderr).to.equal(1);
    expect(stdout)
      .to.match(/\nStopped before the runs had ended\.\n$/)
      .and.to.not.contain('Serving the work pool');
  });

  it('show everything in the demonstration', async () => {
    const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));

    const { exitCode, stdout, stderr } = await collect(spawn(process.execPath, [main]));

    expect(exitCode, stderr).to.equal(0);
    expect(stdout).to.match(/^count lines +Completed +0/m);
    expect(stdout).to.match(/^check JSON files +Failed +3/m);
    expect(stdout).to.match(/^watch for changes +Cancelled/m);
    expect(stdout).to.match(/s {2}Completed +count lines +\d+ lines in all$/m);
    expect(stdout).to.contain('Why "check JSON files" failed').and.to.contain('How to go on');
  });
});
