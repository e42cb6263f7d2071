import { strict as assert } from 'node:assert';
import { readEquivalents, withoutEquivalents } from '../../mutants/equivalent.mjs';

describe('equivalent mutants', () => {
  const mutants = [
    { file: 'a.ts', name: 'f: x → removed' },
    { file: 'a.ts', name: 'g: x → removed' },
    { file: 'b.ts', name: 'f: x → removed' },
  ];

  it('are separated by file and name', () => {
    const { counted, equivalent, stale } = withoutEquivalents(mutants, { 'a.ts': { 'f: x → removed': 'why' } }, [
      'a.ts',
    ]);

    assert.deepEqual(counted, mutants.slice(1));
    assert.deepEqual(equivalent, mutants.slice(0, 1));
    assert.deepEqual(stale, []);
  });

  it('are reported as stale when a mutated file no longer contains them', () => {
    const listed = { 'a.ts': { 'h: y → removed': 'why' }, 'c.ts': { 'h: y → removed': 'why' } };

    assert.deepEqual(withoutEquivalents(mutants, listed, ['a.ts', 'b.ts']).stale, ['a.ts h: y → removed']);
  });

  it('each have a reason', () => {
    for (const [file, entries] of Object.entries(readEquivalents())) {
      for (const [name, reason] of Object.entries(entries)) assert.match(reason, /\w+ \w+/, `${file} ${name}`);
    }
  });
});
