import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWorkerNotReady } from '@worker-host/core';
import { FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import { findAccess } from '../src/access/find-access.js';

describe('findAccess', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  const file = join(directory, 'config');
  after(() => rmSync(directory, { recursive: true, force: true }));

  const kubeconfig = (user: string): string => `
apiVersion: v1
current-context: mine
contexts: [{ name: mine, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: 'https://10.0.0.1:6443/' } }]
users: [{ name: u, user: ${user} }]
`;
  const accessOf = async (text: string, clock = new FakeClock()) => {
    writeFileSync(file, text);
    return await findAccess({ KUBECONFIG: file, PATH: process.env.PATH }, clock);
  };

  it('uses server and token of the current context', async () => {
    const access = await accessOf(kubeconfig('{ token: abc }'));

    expect([access.server, await access.token()]).to.deep.equal(['https://10.0.0.1:6443', 'abc']);
    await access.close();
  });

  it('reads a token file again once a minute', async () => {
    const clock = new FakeClock();
    const tokenFile = join(directory, 'token');
    writeFileSync(tokenFile, 'one\n');
    const access = await accessOf(kubeconfig('{ tokenFile: token }'), clock);
    expect(await access.token()).to.equal('one');
    writeFileSync(tokenFile, 'two\n');
    expect(await access.token()).to.equal('one');

    await clock.advance(60_000);

    expect(await access.token()).to.equal('two');
    await access.close();
  });

  it('gets a token from a command', async () => {
    const command = join(directory, 'login');
    writeFileSync(command, `#!/bin/sh\nprintf '{"status":{"token":"%s-%s"}}' "$1" "$STAGE"\n`);
    chmodSync(command, 0o755);
    const user = `{ exec: { command: '${command}', args: [eks], env: [{ name: STAGE, value: prod }] } }`;

    const access = await accessOf(kubeconfig(user));

    expect(await access.token()).to.equal('eks-prod');
    await access.close();
  });

  for (const [what, text, problem] of [
    ['is no YAML', 'a: [', 'it is no kubeconfig'],
    [
      'names a context that is not there',
      kubeconfig('{}').replace('current-context: mine', 'current-context: x'),
      "contexts has no 'x'",
    ],
    ['has a cluster without a server', kubeconfig('{}').replace(/server: \S+/, 'x: 1'), 'the cluster has no server'],
  ] as const)
    it(`is not ready with a kubeconfig that ${what}`, async () => {
      const error = await accessOf(text).catch((reason: unknown) => reason);

      expect(isWorkerNotReady(error), String(error)).to.equal(true);
      expect((error as Error).message)
        .to.include(file)
        .and.include(problem);
    });
});
