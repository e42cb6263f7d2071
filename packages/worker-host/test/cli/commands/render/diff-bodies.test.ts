import { expect } from 'chai';
import { diffBodies } from '../../../../src/cli/commands/render/diff-bodies.js';

describe('diffBodies', () => {
  it('adds all values to an empty body, and removes all values for an empty body', () => {
    expect(diffBodies({}, { cpu: '256' })).to.deep.equal([{ path: 'cpu', change: 'added', after: '256' }]);
    expect(diffBodies({ cpu: '256' }, {})).to.deep.equal([{ path: 'cpu', change: 'removed', before: '256' }]);
    expect(diffBodies({}, {})).to.deep.equal([]);
  });

  it('distinguishes an empty list from an absent one', () => {
    expect(diffBodies({ tags: [] }, {})).to.deep.equal([{ path: 'tags', change: 'removed', before: [] }]);
  });
});
