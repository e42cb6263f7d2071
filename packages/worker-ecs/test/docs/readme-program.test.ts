import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';

describe('the program in the README that needs no host', function () {
  this.timeout(30_000);
  let aws: LocalAws;
  before(async () => {
    aws = await startLocalAws();
  });
  after(async () => {
    await aws.close();
  });

  it('launches one task, prints its output and exits', async () => {
    const path = fileURLToPath(new URL('readme-example.js', import.meta.url));

    const child = spawn(process.execPath, [path], { env: { PATH: process.env.PATH, ...aws.environment } });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);

    expect(await ended, stderr).to.equal(0);
    const [launched, ...rest] = stdout.trimEnd().split('\n');
    expect(launched).to.match(/^launched arn:aws:ecs:.+:cluster\/default::arn:aws:ecs:.+:task\/default\//);
    expect(rest).to.include.members(['| hello', 'ended well']);
    expect(aws.callCounts()['ecs:RunTask']?.total).to.equal(1);
  });
});
