import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

const TEMPLATE = {
  job_configuration: { command: '{{ command }}' },
  variables: { type: 'object', properties: { command: { type: 'string' } } },
};

describe('pool and queue commands', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
  });
  afterEach(() => bench.dispose());

  const makePool = () => bench.json('pool', 'create', 'mine', '--type', 'fixture');

  it('create a pool, list it and show it', async () => {
    const made = await bench.run('pool', 'create', 'mine', '--type', 'fixture', '--concurrency-limit', '5');
    const listed = await bench.run('pool', 'ls');
    const [pool] = await bench.json('pool', 'ls');
    const inspected = await bench.json('pool', 'inspect', 'mine');

    expect(made.exitCode).to.equal(0);
    expect(made.stdout).to.equal('Created pool mine of type fixture.\n');
    expect(made.stderr).to.contain('worker-host start --pool mine');
    expect(listed.stdout).to.match(/^NAME +TYPE +LIMIT +STATUS\nmine +fixture +5 +open\n$/);
    expect(pool).to.include({ name: 'mine', type: 'fixture', isPaused: false, concurrencyLimit: 5 });
    expect(inspected.workQueues.map((queue: { name: string }) => queue.name)).to.deep.equal(['default']);
  });

  it('limit the runs of a pool, their vCPUs and their memory', async () => {
    await bench.run('pool', 'create', 'mine', '--type', 'fixture', '--vcpu-limit', '2.5', '--memory-limit', '4096');
    expect(await bench.json('pool', 'inspect', 'mine')).to.include({ vcpuLimit: 2.5, memoryLimitMib: 4096 });
    const limited = await bench.run('pool', 'limit', 'mine', '1', '--vcpu-limit', '64');
    expect(limited.stdout).to.equal('Limit of pool mine: 1 run, 64 vCPUs, 4096 MiB.\n');
    await bench.run('pool', 'limit', 'mine', '--memory-limit', 'none');
    expect((await bench.run('pool', 'inspect', 'mine')).stdout).to.match(/limit +1 run, 64 vCPUs\n/);

    for (const words of [[], ['--vcpu-limit', 'many'], ['--vcpu-limit', '-1'], ['--memory-limit', '0.5']]) {
      const { exitCode, stderr } = await bench.run('pool', 'limit', 'mine', ...words);
      expect(exitCode).to.equal(2);
      expect(stderr).to.contain('-limit');
    }
  });

  it('give a new pool the template of its type, if a plugin serves it', async () => {
    bench.environment.WORKER_HOST_PLUGIN = fixturePath('fixture-plugin');
    const served = await bench.run('pool', 'create', 'mine', '--type', 'fixture');
    const other = await bench.run('pool', 'create', 'other', '--type', 'elsewhere');
    const queued = await bench.run('run', '--pool', 'mine', '--job-variable', 'comand=x', '--', 'true');

    expect(served.stderr).to.not.contain('No plugin');
    expect((await bench.json('pool', 'inspect', 'mine')).baseJobTemplate).to.have.nested.property(
      'variables.properties.env',
    );
    expect(other.stderr).to.contain('No plugin found here serves type elsewhere. Pass --plugin');
    expect((await bench.json('pool', 'inspect', 'other')).baseJobTemplate).to.deep.equal({});
    expect(queued.exitCode).to.equal(3);
    expect(queued.stderr).to.match(/comand: .* Try command\./);
  });

  it('reject a type that resembles a known one, but accept it with a template', async () => {
    bench.environment.WORKER_HOST_PLUGIN = fixturePath('fixture-plugin');
    const refused = await bench.run('pool', 'create', 'mine', '--type', 'fixtur');
    const template = join(bench.directory, 'template.json');
    writeFileSync(template, JSON.stringify(TEMPLATE));
    const given = await bench.run('pool', 'create', 'mine', '--type', 'fixtur', '--base-job-template', template);

    expect(refused.exitCode).to.equal(2);
    expect(refused.stderr).to.contain("No plugin found here serves type 'fixtur'. Did you mean 'fixture'?");
    expect(given.exitCode, given.stderr).to.equal(0);
  });

  it('report that there is no pool yet', async () => {
    const { exitCode, stdout, stderr } = await bench.run('pool', 'ls');

    expect([exitCode, stdout]).to.deep.equal([0, '']);
    expect(stderr).to.contain('worker-host pool create');
  });

  it('reject a second pool with the same name', async () => {
    await makePool();

    const { exitCode, stderr } = await bench.run('pool', 'create', 'mine', '--type', 'fixture');

    expect(exitCode).to.equal(5);
    expect(stderr).to.contain('mine');
  });

  for (const words of [
    ['pool', 'inspect', 'none'],
    ['pool', 'pause', 'none'],
    ['pool', 'delete', 'none'],
    ['pool', 'limit', 'none', '3'],
    ['queue', 'ls', '--pool', 'none'],
    ['run', '--pool', 'none', '--', 'say', 'x'],
    ['run', 'none'],
    ['deployment', 'inspect', 'none'],
    ['runs', 'inspect', 'none'],
    ['variable', 'get', 'none'],
    ['secret', 'get', 'none'],
  ]) {
    it(`"${words.join(' ')}" reports what does not exist, with its exit code`, async () => {
      const { exitCode, stderr } = await bench.run(...words);

      expect(exitCode).to.equal(4);
      expect(stderr).to.contain('none').and.to.contain('code: ');
    });
  }

  it('pause, resume, limit and delete a pool', async () => {
    await makePool();

    const states: unknown[] = [];
    for (const words of [
      ['pause', 'mine'],
      ['resume', 'mine'],
      ['limit', 'mine', '2'],
      ['limit', 'mine', 'none'],
    ]) {
      expect((await bench.run('pool', ...words)).exitCode).to.equal(0);
      const { isPaused, concurrencyLimit } = await bench.json('pool', 'inspect', 'mine');
      states.push([isPaused, concurrencyLimit]);
    }
    await bench.run('pool', 'delete', 'mine');

    expect(states).to.deep.equal([
      [true, null],
      [false, null],
      [false, 2],
      [false, null],
    ]);
    expect(await bench.json('pool', 'ls')).to.deep.equal([]);
  });

  it('set the template of a pool from a file, when it is created and later', async () => {
    writeFileSync(join(bench.directory, 'template.json'), JSON.stringify(TEMPLATE));
    await bench.run('pool', 'create', 'a', '--type', 'fixture', '--base-job-template', 'template.json');
    await bench.run('pool', 'create', 'b', '--type', 'fixture');

    const { exitCode } = await bench.run('pool', 'set-template', 'b', 'template.json');

    expect(exitCode).to.equal(0);
    for (const name of ['a', 'b'])
      expect((await bench.json('pool', 'inspect', name)).baseJobTemplate).to.deep.equal(TEMPLATE);
  });

  it('reject an invalid template with every problem, and leave the pool unchanged', async () => {
    await makePool();
    writeFileSync(join(bench.directory, 'broken.json'), '{ "job_configuration": { "a": "{{ b }}" }, "variables": 3 }');
    writeFileSync(join(bench.directory, 'torn.json'), '{\n  "job_configuration": {,');

    const broken = await bench.run('pool', 'set-template', 'mine', 'broken.json');
    const torn = await bench.run('pool', 'set-template', 'mine', 'torn.json');

    expect([broken.exitCode, torn.exitCode]).to.deep.equal([3, 3]);
    expect(broken.stderr).to.contain('broken.json').and.to.contain('variables: expected an object, found number 3');
    expect(torn.stderr).to.contain('torn.json').and.to.contain('line 2, column 25');
    expect((await bench.json('pool', 'inspect', 'mine')).baseJobTemplate).to.deep.equal({});
  });

  it('create, change, list and delete queues', async () => {
    await makePool();

    await bench.run('queue', 'create', 'urgent', '--pool', 'mine', '--priority', '1', '--concurrency-limit', '2');
    await bench.run('queue', 'update', 'urgent', '--pool', 'mine', '--pause');
    const queues = await bench.json('queue', 'ls', '--pool', 'mine');
    const listed = await bench.run('queue', 'ls', '--pool', 'mine');
    await bench.run('queue', 'delete', 'urgent', '--pool', 'mine');
    const left = await bench.json('queue', 'ls', '--pool', 'mine');

    const urgent = queues.find((queue: { name: string }) => queue.name === 'urgent');
    expect(urgent).to.include({ priority: 1, concurrencyLimit: 2, isPaused: true });
    expect(listed.stdout).to.match(/^urgent +1 +2 +paused$/m);
    expect(left.map((queue: { name: string }) => queue.name)).to.deep.equal(['default']);
  });

  it('require a change of a queue', async () => {
    await makePool();

    const nothing = await bench.run('queue', 'update', 'default', '--pool', 'mine');
    const both = await bench.run('queue', 'update', 'default', '--pool', 'mine', '--pause', '--resume');

    expect([nothing.exitCode, both.exitCode]).to.deep.equal([2, 2]);
  });

  it('change nothing on a Prefect server, and report what to use instead', async () => {
    bench.environment.PREFECT_API_URL = 'http://127.0.0.1:9/api';

    const refused = await bench.run('pool', 'ls');
    const forced = await bench.run('pool', 'ls', '--orchestrator', 'embedded');

    expect(refused.exitCode).to.equal(3);
    expect(refused.stderr).to.contain('PREFECT_API_URL').and.to.contain('prefect work-pool ls');
    expect(refused.stderr).to.contain('code: EMBEDDED_POOL_ONLY');
    expect(forced.exitCode).to.equal(0);
  });
});
