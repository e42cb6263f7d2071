import { execFileSync } from 'node:child_process';
import { expect } from 'chai';

describe('ownContainer', () => {
  it('loads the container library with the first container, not with the package', () => {
    const source = `
      import { createRequire } from 'node:module';
      const { ownContainer } = await import('@worker-host/core');
      const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('tsyringe'));
      const before = isLoaded();
      ownContainer('failed');
      console.log(before, isLoaded());`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' });
    expect(printed.trim()).to.equal('false true');
  });
});
