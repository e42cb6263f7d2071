import { strict as assert } from 'node:assert';
import { parseCommandLine, UsageError } from '../../mutants/command-line.mjs';

const isPath = (text) => text.startsWith('packages/');

describe('the command line of mutants', () => {
  it('mutates everything by default, in one or two processes', () => {
    const { workers, ...rest } = parseCommandLine([], isPath);

    assert.deepEqual(rest, { paths: [], changedSince: null, minutes: null, isListOnly: false, isHelp: false });
    assert.ok(workers === 1 || workers === 2);
  });

  it('reads paths, minutes and the number of processes', () => {
    const wish = parseCommandLine(
      ['packages/a/src', '--minutes', '0.5', 'packages/b', '--workers=3', '--list'],
      isPath,
    );

    assert.deepEqual(wish.paths, ['packages/a/src', 'packages/b']);
    assert.equal(wish.minutes, 0.5);
    assert.equal(wish.workers, 3);
    assert.equal(wish.isListOnly, true);
  });

  it('distinguishes the commit after --changed from a path', () => {
    assert.equal(parseCommandLine(['--changed'], isPath).changedSince, '');
    assert.equal(parseCommandLine(['--changed', 'HEAD~3'], isPath).changedSince, 'HEAD~3');
    const wish = parseCommandLine(['--changed', 'packages/a', 'packages/b'], isPath);
    assert.equal(wish.changedSince, '');
    assert.deepEqual(wish.paths, ['packages/a', 'packages/b']);
  });

  it('ignores a leading --', () => {
    assert.deepEqual(parseCommandLine(['--', '--changed', 'main'], isPath).changedSince, 'main');
  });

  for (const args of [['--minutes', 'soon'], ['--workers', '0'], ['--minutes', '-1'], ['--survivors']]) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => parseCommandLine(args, isPath), UsageError);
    });
  }
});
