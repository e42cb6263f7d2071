import { expect } from 'chai';
import { CommandLineBench } from '../../run-command-line.js';

describe('keys of runs on the command line', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.run('pool', 'create', 'mine', '--type', 'x');
  });
  afterEach(() => bench.dispose());

  for (const [option, kind] of [
    ['--idempotency-key', 'idempotency key'],
    ['--unique-key', 'unique key'],
  ] as const)
    it(`report that the run exists: ${kind}`, async () => {
      const request = ['run', '--pool', 'mine', option, 'k1', '--name', 'first', '--param', 'n={"b":1,"a":2}'];
      const { id } = await bench.json(...request, '--', 'echo', 'A');

      expect(await bench.run(...request, '--', 'echo', 'A')).to.include({
        exitCode: 0,
        stdout: `Run first (${id}) exists already with ${kind} 'k1'. No run was queued.\n`,
        stderr: `Follow it with: worker-host runs logs ${id} --follow\n`,
      });
      expect((await bench.run('runs', 'ls', '-o', 'name')).stdout.trim().split('\n')).to.have.length(1);
    });

  it('report how the request differs from the run', async () => {
    const request = ['run', '--pool', 'mine', '--idempotency-key', 'k1'];
    const { id, isNew, differences } = await bench.json(...request, '--', 'echo', 'A');

    const other = await bench.run(...request, '--tag', 'red', '--', 'echo', 'B');
    const forScripts = await bench.json(...request, '--priority', '7', '--', 'echo', 'A');

    expect({ isNew, differences }).to.deep.equal({ isNew: true, differences: [] });
    expect(other.exitCode).to.equal(0);
    expect(other.stderr).to.contain('This request differs from that run in: job variables, tags. To queue it, pass');
    expect(forScripts).to.include({ id, isNew: false });
    expect(forScripts.differences).to.deep.equal(['priority']);
  });

  it('include the values of a deployment in the request', async () => {
    const create = ['deployment', 'create', 'job', '--pool', 'mine', '--tag', 'red', '--param', 'n=1'];
    await bench.run(...create, '--priority', '5', '--', 'true');
    await bench.json('run', 'job', '--idempotency-key', 'k', '--param', 'm=2');

    const same = await bench.json('run', 'job', '--idempotency-key', 'k', '--param', 'm=2');
    const other = await bench.json('run', 'job', '--idempotency-key', 'k', '--param', 'n=2', '--array', '3');

    expect(same).to.deep.include({ isNew: false, differences: [] });
    expect(other).to.deep.include({ isNew: false, differences: ['parameters', 'array'] });
  });
});
