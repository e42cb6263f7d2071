import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { cpuMsOf, residentMib } from '../src/processes.js';

/** Two processes of Node, without a program. */
const LEAST_MIB = 60;

describe('processes', () => {
  it('adds the children of a process, running and ended', async () => {
    const busy = 'const endsAt = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < endsAt);';
    const program = `require('node:child_process').execFileSync(process.execPath, ['--eval', ${JSON.stringify(busy)}]);
      require('node:child_process').spawn(process.execPath, ['--eval', 'process.stdin.resume(); console.log()'], { stdio: 'inherit' });`;
    const child = spawn(process.execPath, ['--eval', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');

      expect(cpuMsOf(child.pid)).to.be.at.least(300);
      expect(residentMib(child.pid)).to.be.at.least(LEAST_MIB);
      expect(residentMib(child.pid, 'VmHWM')).to.be.at.least(LEAST_MIB);
    } finally {
      child.kill();
    }
  });

  it('gives NaN of a process that does not run', () => {
    expect(cpuMsOf(undefined)).to.be.NaN;
    expect(residentMib(0)).to.be.NaN;
  });
});
