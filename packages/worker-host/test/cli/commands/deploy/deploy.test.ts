import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('deploy', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
    bench.environment.WORKER_HOST_PLUGIN = fixturePath('fixture-plugin');
  });
  afterEach(async () => {
    for (const { name } of await bench.json('deploy', 'list')) await bench.run('deploy', 'delete', name, '--yes');
    bench.dispose();
  });

  it('says what would change, and changes nothing', async () => {
    const { exitCode, stdout, stderr } = await bench.run('deploy', 'events', '--dry-run');

    expect({ exitCode, stdout, stderr }).to.deep.equal({
      exitCode: 0,
      stdout: 'Makes events.\n',
      stderr: 'Nothing was changed. To deploy, omit --dry-run.\n',
    });
    expect(await bench.json('deploy', 'list')).to.deep.equal([]);
  });

  it('deploys with parameters and pool, lists, shows and deletes it', async () => {
    const { stdout } = await bench.run('deploy', 'service', '--name', 'mine', '--pool', 'p', '--set', 'Size=2=3');
    const list = await bench.run('deploy', 'list');
    const status = await bench.run('deploy', 'status', 'mine');
    const deleted = await bench.run('deploy', 'delete', 'mine', '--yes');

    expect(stdout).to.equal('Makes mine.\nNAME  KIND     STATUS\nmine  service  UP\n');
    expect(list.stdout).to.equal('NAME  KIND     STATUS\nmine  service  UP\n');
    expect(status.stdout).to.contain('Size = 2=3\npool = p\n');
    expect(deleted.stdout).to.equal('Deleted mine.\n');
    expect((await bench.run('deploy', 'list')).stdout).to.equal('Nothing is deployed.\n');
  });

  it('deletes nothing unasked', async () => {
    await bench.run('deploy', 'events');
    const unasked = await bench.run('deploy', 'delete', 'events');
    bench.stdinIsTerminal = true;
    bench.input = 'n';
    await bench.run('deploy', 'delete', 'events');

    expect(unasked).to.include({ exitCode: 2 });
    expect(bench.questions).to.deep.equal(["Delete 'events' and all that belongs to it? [y/N] "]);
    expect(await bench.json('deploy', 'list')).to.have.length(1);
  });

  it('prints templates as they are', async () => {
    expect((await bench.run('deploy', 'export-template', 'service')).stdout).to.equal('template of service\n');
    expect(await bench.run('deploy', 'export-template', 'castle')).to.include({ exitCode: 2 });
  });

  it('says what is missing', async () => {
    const unknown = await bench.run('deploy', 'status', 'other');
    const pair = await bench.run('deploy', 'events', '--set', 'x');
    bench.environment.WORKER_HOST_PLUGIN = undefined;
    const plugin = await bench.run('deploy', 'list');
    bench.environment.WORKER_HOST_PLUGIN = fixturePath('fixture-plugin');

    expect(unknown.exitCode).to.equal(4);
    expect(unknown.stderr).to.contain("No stack named 'other' is deployed. List them with: worker-host deploy list");
    expect(pair.stderr).to.contain('--set expects name=value, found "x".');
    expect(plugin.stderr).to.contain('Pass its worker type with --type');
  });
});
