import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import * as core from '../src/index.js';

describe('a second installed copy of the package', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  let directory: string;
  let copy: typeof core;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'core-copy-'));
    cpSync(join(root, 'package.json'), join(directory, 'package.json'));
    cpSync(join(root, 'dist/src'), join(directory, 'dist/src'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    copy = (await import(pathToFileURL(join(directory, 'dist/src/index.js')).href)) as typeof core;
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('is another copy', () => {
    expect(copy.BaseWorker).not.to.equal(core.BaseWorker);
  });

  it('binds and resolves by the same tokens, so that a plugin can bring its own copy', () => {
    expect(copy.TOKENS).to.deep.equal(core.TOKENS);
  });

  it('shares the value for what is not set', () => {
    expect(copy.NotSet).to.equal(core.NotSet);
  });

  it('recognises errors of the other copy', () => {
    expect(core.isWorkerError(new copy.InfrastructureNotFound('pid', 'gone'))).to.equal(true);
  });

  it('builds the template of a plugin whose classes extend those of the other copy', () => {
    const parts = { configuration: copy.BaseJobConfiguration, variables: copy.BaseVariables };
    expect(core.buildBaseJobTemplate(parts)).to.deep.equal(
      core.buildBaseJobTemplate({ configuration: core.BaseJobConfiguration, variables: core.BaseVariables }),
    );
  });
});
