import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { sampleJobs } from '../../src/sample-jobs.js';

describe('sample jobs', () => {
  for (const { title, command, expected } of sampleJobs().filter((job) => job.expected !== 'CANCELLED')) {
    it(`"${title}" ends as expected, with real output`, () => {
      const [program = '', ...words] = command;

      const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', env: {}, cwd: '/' });

      expect(status === 0).to.equal(expected === 'COMPLETED');
      expect(`${stdout}${stderr}`).to.match(/\S/);
      if (expected === 'FAILED') expect(stderr).to.contain('README.md: not JSON');
    });
  }

  it('the one to be cancelled continues until it is stopped', async () => {
    const [job] = sampleJobs().filter(({ expected }) => expected === 'CANCELLED');
    const [program = '', ...words] = job?.command ?? [];
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [firstOutput] = (await once(child.stdout, 'data')) as [Buffer];

    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];

    expect(firstOutput.toString()).to.contain('watching');
    expect(code).to.equal(0);
  });
});
