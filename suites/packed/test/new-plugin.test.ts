import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { Outside, type Ran } from '../src/outside.js';

const HOST = join(dirname(createRequire(import.meta.url).resolve('worker-host')), '../../bin/worker-host.js');

describe('a plugin made by `worker-host plugin new`, installed from packed packages', () => {
  let outside: Outside;
  let project: string;
  const succeeds = ({ status, text }: Ran): string => {
    expect(status, text).to.equal(0);
    return text;
  };
  const host = (...words: readonly string[]): string =>
    succeeds(outside.run(project, join(project, 'node_modules/.bin/worker-host'), ...words));

  before(() => {
    outside = new Outside();
    succeeds(outside.run(outside.directory, process.execPath, HOST, 'plugin', 'new', '@me/worker-host-boxes'));
    project = join(outside.directory, 'worker-host-boxes');
    outside.dependOn(project, {
      '@worker-host/core': outside.pack('@worker-host/core'),
      '@worker-host/testing': outside.pack('@worker-host/testing'),
      'worker-host': outside.pack('worker-host'),
    });
    succeeds(outside.run(project, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline'));
    succeeds(outside.run(project, 'npm', 'run', 'build'));
  });
  after(() => outside.dispose());

  it('passes the conformance kit', () => {
    const text = succeeds(outside.run(project, 'npm', 'test'));

    expect(text)
      .to.match(/pass [4-9]\d/)
      .and.match(/fail 0/);
  });

  it('is found, and runs a job with its output', () => {
    expect(host('plugins', 'ls')).to.match(/^boxes +@me\/worker-host-boxes 0\.1\.0/m);
    host('pool', 'create', 'demo', '--type', 'boxes');
    host('run', '--pool', 'demo', '--name', 'first', '--', 'sh', '-c', 'echo hello; exit 3');

    succeeds(outside.run(project, 'npm', 'run', 'demo'));

    expect(host('runs', 'logs', 'first')).to.include('hello');
    expect(host('runs', 'ls')).to.match(/first.*Failed/);
  });

  it('can also be created with the packed worker-host', () => {
    host('plugin', 'new', 'another', '--directory', '../another');

    expect(readdirSync(join(outside.directory, 'another'))).to.include.members(['.github', '.gitignore', 'LICENSE']);
  });

  it('is packed without its tests', () => {
    const text = succeeds(outside.run(project, 'npm', 'pack', '--dry-run'));

    expect(text).to.include('dist/src/index.js').and.not.include('contract.test');
  });
});
