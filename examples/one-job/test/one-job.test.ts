import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';

const PROGRAM = fileURLToPath(new URL('../src/main.js', import.meta.url));

describe('the program that runs one job', function () {
  this.timeout(30_000);
  let aws: LocalAws;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    aws = await startLocalAws({ phases: { provisioningMs: 10, pendingMs: 10, activatingMs: 10 } });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await aws.close();
  });

  function start(command: string) {
    const child = spawn(process.execPath, [PROGRAM, command], { env: { ...process.env, ...aws.environment } });
    children.push(child);
    const said = { output: '', errors: '' };
    child.stdout.on('data', (data) => (said.output += data));
    child.stderr.on('data', (data) => (said.errors += data));
    return { child, said, ended: once(child, 'close').then(([code]) => code as number) };
  }

  it('shows the output of the job and exits with its exit code', async () => {
    const { said, ended } = start("sh -c 'echo hello; exit 3'");

    expect(await ended).to.equal(3);
    expect(said.output).to.equal('hello\n');
    expect(said.errors).to.include('Launched ').and.to.include('exited with code 3');
    expect(aws.ecs.tasks()).to.have.length(1);
  });

  it('stops the task when it is stopped itself', async () => {
    const { child, said, ended } = start("sh -c 'echo up; sleep 600'");
    while (!said.output.includes('up')) await once(child.stdout, 'data');

    child.kill('SIGTERM');

    expect(await ended).to.be.greaterThan(0);
    expect(aws.ecs.tasks()[0]?.stopCode).to.equal('UserInitiated');
  });
});
