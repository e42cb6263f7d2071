import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url));
const page = (name: string) => readFileSync(join(PACKAGE, '../../docs', name), 'utf8');
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code);

describe('the pages about writing and testing a plugin', function () {
  this.timeout(60_000);
  let directory: string;

  /** The project of a reader who follows the pages exactly; the boxes are the reader's own. */
  before(() => {
    const writing = page('writing-a-plugin.md');
    const [manifest = '', compiler = ''] = blocks(writing, 'json');
    directory = mkdtempSync(join(PACKAGE, 'dist/pages-'));
    for (const folder of ['src', 'test']) mkdirSync(join(directory, folder));
    writeFileSync(join(directory, 'package.json'), manifest);
    writeFileSync(join(directory, 'tsconfig.json'), compiler);
    writeFileSync(join(directory, 'src/index.ts'), blocks(writing, 'ts').join('\n'));
    writeFileSync(join(directory, 'src/boxes.ts'), readFileSync(join(PACKAGE, 'test/docs/boxes.ts')));
    writeFileSync(join(directory, 'test/contract.test.ts'), blocks(page('testing-a-plugin.md'), 'ts').join('\n'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const run = (tool: string, ...words: readonly string[]) =>
    spawnSync(process.execPath, [tool, ...words], { cwd: directory, encoding: 'utf8' });
  const binary = (name: string, path: string) =>
    join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path);

  it('lead to a plugin that compiles and passes the contract', () => {
    const compiled = run(binary('typescript', 'bin/tsc'));
    expect(compiled.stdout).to.equal('');

    const tested = run(binary('mocha', 'bin/mocha.js'), '--no-config', 'dist/test');

    expect(tested.stdout).to.match(/^ {2}\d+ passing/m);
    expect(tested.status, tested.stdout + tested.stderr).to.equal(0);
  });
});
