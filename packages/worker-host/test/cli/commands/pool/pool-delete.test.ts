import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { ask } from '../../../../src/cli/input/ask.js';
import { openAdministration } from '../../../../src/orchestrators/embedded/administration.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('pool delete', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());

  const fill = async (): Promise<void> => {
    const administration = await openAdministration({ home: bench.environment.WORKER_HOST_HOME ?? '' });
    const common = { workQueueName: null, jobVariables: {}, parameters: {}, tags: [] };
    const schedules = [{ kind: 'cron', cron: '0 6 * * *', timezone: null }] as const;
    await administration.createDeployment({ ...common, name: 'nightly', workPoolName: 'mine', schedules });
    const run = { ...common, deploymentName: null, workPoolName: 'mine', name: null };
    const { id } = await administration.createFlowRun({ ...run, idempotencyKey: null, scheduledForMs: null });
    await administration.cancelFlowRun(id);
    await administration.close();
  };
  const pools = async (): Promise<readonly string[]> =>
    (await bench.json('pool', 'ls')).map(({ name }: { readonly name: string }) => name);
  const lost = '1 deployment (1 schedule), 4 runs (3 still to run) and 0 log lines';

  it('deletes an empty pool without confirmation', async () => {
    const { exitCode, stdout } = await bench.run('pool', 'delete', 'mine');

    expect([exitCode, stdout]).to.deep.equal([0, 'Deleted pool mine.\n']);
  });

  it('requires --yes in a script, and reports what would be deleted and how many', async () => {
    await fill();

    const { exitCode, stderr } = await bench.run('pool', 'delete', 'mine');

    expect(exitCode).to.equal(2);
    expect(stderr).to.contain(`Deleting pool 'mine' deletes ${lost}. Add --yes to confirm.`);
    expect(await pools()).to.deep.equal(['mine']);
  });

  it('deletes with --yes, and reports what was deleted', async () => {
    await fill();

    const { exitCode, stdout } = await bench.run('pool', 'delete', 'mine', '--yes');

    expect([exitCode, stdout]).to.deep.equal([0, `Deleted pool mine with ${lost}.\n`]);
    expect(await bench.json('deployment', 'ls')).to.deep.equal([]);
  });

  for (const { typed, remaining, exitCode } of [
    { typed: 'y', remaining: [], exitCode: 0 },
    { typed: ' YES ', remaining: [], exitCode: 0 },
    { typed: 'n', remaining: ['mine'], exitCode: 130 },
    { typed: '', remaining: ['mine'], exitCode: 130 },
  ])
    it(`asks at a terminal, and treats '${typed}' as ${remaining.length === 0 ? 'yes' : 'no'}`, async () => {
      await fill();
      bench.stdinIsTerminal = true;
      bench.input = typed;

      const ran = await bench.run('pool', 'delete', 'mine');

      expect(ran.exitCode).to.equal(exitCode);
      expect(bench.questions).to.deep.equal([`Deleting pool 'mine' deletes ${lost}. Delete? [y/N] `]);
      expect(await pools()).to.deep.equal(remaining);
    });

  it('shows the input', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const asked = ask('Delete? ', { input, output });
    input.write('yes\r');

    expect(await asked).to.equal('yes');
    output.end();
    expect(await text(output))
      .to.contain('Delete? ')
      .and.to.contain('yes');
  });
});
