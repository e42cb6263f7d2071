import { expect } from 'chai';
import { diffBodies } from '../../../../src/cli/commands/render/diff-bodies.js';

describe('diffBodies', () => {
  it('adds all where there was nothing, and removes all where there is nothing', () => {
    expect(diffBodies({}, { cpu: '256' })).to.deep.equal([{ path: 'cpu', change: 'added', after: '256' }]);
    expect(diffBodies({ cpu: '256' }, {})).to.deep.equal([{ path: 'cpu', change: 'removed', before: '256' }]);
    expect(diffBodies({}, {})).to.deep.equal([]);
  });

  it('tells an empty list from none', () => {
    expect(diffBodies({ tags: [] }, {})).to.deep.equal([{ path: 'tags', change: 'removed', before: [] }]);
  });
});
