import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { blocksOf, placeOf } from '../guides/page-blocks.mjs';
import { differenceOf, outputsOf, scriptOf, stepsOf } from '../guides/session.mjs';

const fence = '```';
const page = `# Page
<!-- runs on: moto -->

${fence}sh
worker-host a
${fence}

<!-- run
prepare
-->

1. in a list
   ${fence}console
   $ worker-host b \\
     --c
   done
   ${fence}

<!-- not run: dangerous -->
${fence}sh
rm
${fence}

${fence}json
{}
${fence}
`;

describe('guides', () => {
  it('finds what is run: commands, sessions, and what readers are not shown', () => {
    assert.equal(placeOf(page), 'moto');
    assert.equal(placeOf('# Page'), 'local-aws');
    assert.deepEqual(blocksOf(page), [
      { kind: 'sh', text: 'worker-host a\n' },
      { kind: 'sh', text: 'prepare\n' },
      { kind: 'console', text: '$ worker-host b \\\n  --c\ndone\n' },
    ]);
  });

  it('splits a session into commands and output', () => {
    assert.deepEqual(stepsOf('$ a \\\n  b\none\ntwo\n$ c\n'), [
      { command: 'a \\\n  b', output: ['one', 'two'] },
      { command: 'c', output: [] },
    ]);
    assert.throws(() => stepsOf('one\n'), /begins with/);
  });

  it('runs the commands of a session in one shell, errors among the output', () => {
    const steps = stepsOf('$ x=1; echo one\n$ echo $x >&2; false\n$ echo $?\n');
    const { stdout } = spawnSync('bash', ['-c', scriptOf(steps, 'MARK')], { encoding: 'utf8' });

    assert.deepEqual(outputsOf(stdout, 'MARK'), [['one'], ['1'], ['1']]);
  });

  it('takes … for any text in a line, and for any lines', () => {
    const step = { command: 'c', output: ['id …, 3 (x)', '…', 'end'] };

    assert.equal(differenceOf(step, ['id 4711, 3 (x)', 'a', 'b', 'end']), null);
    assert.equal(differenceOf(step, ['id 4711, 3 (x)', 'end']), null);
    assert.equal(differenceOf({ command: 'c', output: ['a', '…'] }, ['a']), null);
    assert.equal(differenceOf({ command: 'c', output: [] }, []), null);
  });

  it('notices lines that differ, are missing, are too many, or are in another order', () => {
    const step = { command: 'c', output: ['a', 'b'] };

    for (const found of [['a'], ['a', 'b', 'c'], ['b', 'a'], ['a', 'bb'], [], undefined])
      assert.match(differenceOf(step, found), /^\$ c\n/, String(found));
    assert.match(differenceOf(step, ['a', 'x']), /^- b$/m);
    assert.match(differenceOf(step, ['a', 'x']), /^\+ x$/m);
  });
});
