import { expect } from 'chai';
import { problemsOfEnd } from '../../../src/host/run/result-problems.js';
import { endOf } from '../support/fake-worker.js';

const DIAGNOSIS = { kind: 'x', level: 'error', summary: 's', detail: '', resolution: null };
const CYCLE: Record<string, unknown> = {};
CYCLE.self = CYCLE;

describe('problemsOfEnd', () => {
  it('finds none if the end is unknown, or valid', () => {
    expect(problemsOfEnd(null)).to.deep.equal([]);
    expect(problemsOfEnd(endOf(1))).to.deep.equal([]);
    const rich = { exitCode: null, diagnosis: DIAGNOSIS, logTail: ['a'], relaunch: 3, facts: { a: [1, null] } };
    expect(problemsOfEnd({ ...endOf(1), ...rich })).to.deep.equal([]);
  });

  it('reports a value that is not an end', () => {
    expect(problemsOfEnd('text')).to.deep.equal(['end is string']);
    expect(problemsOfEnd(undefined)).to.deep.equal(['end is undefined']);
  });

  for (const [member, values] of [
    ['exitCode', [undefined, 1.5, '1']],
    ['stopRequested', [undefined, 'no']],
    ['userCodeRan', [undefined, true, 'maybe']],
    ['relaunchable', [undefined, 1]],
    ['diagnosis', [undefined, 'x', {}, { ...DIAGNOSIS, kind: 1 }, { ...DIAGNOSIS, detail: null }]],
    ['phasesSeconds', [undefined, null, 'x', { a: 1, b: Number.NaN }, { a: '1', b: 1 }]],
    ['logTail', [undefined, 'line', ['a', 1], Promise.resolve([])]],
    ['relaunch', [undefined, -1, 0.5, '1']],
    ['facts', [undefined, null, 'x', 7, CYCLE]],
  ] as const) {
    it(`reports an invalid ${member}`, () => {
      for (const value of values) {
        expect(problemsOfEnd({ ...endOf(1), [member]: value }), String(value)).to.deep.equal([`end.${member}`]);
      }
    });
  }

  it('reports all invalid members', () => {
    expect(problemsOfEnd({})).to.have.length(9);
  });
});
