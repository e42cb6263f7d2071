import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('a job without a command', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture', '--plugin', fixturePath('fixture-plugin'));
  });
  afterEach(() => bench.dispose());

  /** A pool whose template has this default command, or a fixed one. */
  const createPool = (name: string, template: object) => {
    const file = join(bench.directory, `${name}.json`);
    writeFileSync(file, JSON.stringify(template));
    return bench.json('pool', 'create', name, '--type', 'other', '--base-job-template', file);
  };

  for (const words of [
    ['run', '--pool', 'mine'],
    ['run', '--pool', 'mine', '--job-variable', 'name=x'],
    ['deployment', 'create', 'd', '--pool', 'mine', '--interval', '1h'],
  ])
    it(`is rejected by ${words.join(' ')}`, async () => {
      const { exitCode, stderr } = await bench.run(...words);

      expect(exitCode).to.equal(2);
      expect(stderr).to.contain("The job has no command, and the template of pool 'mine' has none. Pass it after `--`");
      expect((await bench.run('runs', 'ls', '-o', 'name')).stdout).to.equal('');
    });

  it('is accepted if the request sets it to null', async () => {
    expect(await bench.json('run', '--pool', 'mine', '--job-variable', 'command=null')).to.include({ isNew: true });
  });

  it('is accepted if the template has a command, or needs none', async () => {
    const asking = { command: '{{ command }}' };
    await createPool('defaulted', {
      job_configuration: asking,
      variables: { type: 'object', properties: { command: { type: 'string', default: 'true' } } },
    });
    await createPool('fixed', {
      job_configuration: { command: './job.sh' },
      variables: { type: 'object', properties: {} },
    });
    await bench.run('pool', 'create', 'unfilled', '--type', 'other');

    for (const pool of ['defaulted', 'fixed', 'unfilled'])
      expect(await bench.json('run', '--pool', pool), pool).to.include({ workPoolName: pool });
  });

  it('is accepted in a run of a deployment with a command', async () => {
    await bench.run('deployment', 'create', 'd', '--pool', 'mine', '--', 'say', 'hello');

    expect(await bench.json('run', 'd')).to.include({ isNew: true });
  });
});
