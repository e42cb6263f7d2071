import { strict as assert } from 'node:assert';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryRoot } from '../../mutants/temporary-root.mjs';

describe('temporaryRoot', () => {
  const inMemory = import.meta.dirname;

  it('is the one that the environment names', () => {
    assert.equal(temporaryRoot({ environment: { TMPDIR: '/elsewhere' }, inMemory, leastFreeBytes: 1 }), '/elsewhere');
  });

  it('is in memory where that has room', () => {
    assert.equal(temporaryRoot({ environment: {}, inMemory, leastFreeBytes: 1 }), inMemory);
  });

  it('is the usual one where memory has too little room, or cannot be used', () => {
    assert.equal(temporaryRoot({ environment: {}, inMemory, leastFreeBytes: Number.MAX_SAFE_INTEGER }), tmpdir());
    assert.equal(temporaryRoot({ environment: {}, inMemory: join(inMemory, 'missing'), leastFreeBytes: 1 }), tmpdir());
  });
});
