import { strict as assert } from 'node:assert';
import { reportOf, verdictOf } from '../../mutants/verdict.mjs';

function mutants(counts) {
  return Object.entries(counts).flatMap(([outcome, count]) =>
    Array.from({ length: count }, (_, index) => ({
      outcome: outcome === 'untried' ? undefined : outcome,
      file: 'packages/p/src/a.ts',
      line: index + 1,
      name: `f: ${outcome} ${index} → removed`,
    })),
  );
}

describe('verdictOf and reportOf', () => {
  it('count mutants caught by tests and timeouts', () => {
    const verdict = verdictOf(mutants({ caught: 14, timeout: 3, survived: 2, uncovered: 1, untried: 5 }), {
      isSample: false,
    });

    assert.equal(verdict.caught, 17);
    assert.equal(verdict.tried, 20);
    assert.equal(verdict.percent, 85);
    assert.equal(verdict.untried, 5);
    assert.equal(verdict.isBelow, false);
  });

  it('mark a folder below 85 %', () => {
    assert.equal(verdictOf(mutants({ caught: 84, survived: 16 }), { isSample: false }).isBelow, true);
    assert.equal(verdictOf(mutants({ caught: 17, survived: 4 }), { isSample: false }).isBelow, true);
  });

  it('mark a folder without coverage', () => {
    assert.equal(verdictOf(mutants({ uncovered: 2 }), { isSample: false }).isBelow, true);
  });

  it('allow three uncaught mutants in a sample', () => {
    assert.equal(verdictOf(mutants({ caught: 1, survived: 2, uncovered: 1 }), { isSample: true }).isBelow, false);
    assert.equal(verdictOf(mutants({ caught: 1, survived: 4 }), { isSample: true }).isBelow, true);
  });

  it('list every uncaught mutant, and never round up', () => {
    const given = mutants({ caught: 848, survived: 1, uncovered: 149 });
    const lines = reportOf('packages/p/src', given, verdictOf(given, { isSample: false }), 2);

    assert.equal(
      lines[0],
      'packages/p/src: 848 of 998 caught, 84.9 % BELOW 85 % (848 by a failing test, 0 by a timeout; ' +
        '1 survived, 149 without coverage; 2 equivalent)',
    );
    assert.equal(lines[1], '  survived     packages/p/src/a.ts:1  f: survived 0 → removed');
    assert.equal(lines[2], '  no coverage  packages/p/src/a.ts:1  f: uncovered 0 → removed');
    assert.equal(lines.length, 151);
  });
});
