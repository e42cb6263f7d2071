import { expect } from 'chai';
import { parseOptions } from '../src/options.js';

describe('options of the first run', () => {
  it('keeps nothing by default', () => {
    expect(parseOptions([])).to.deep.equal({ keep: false });
  });

  it('parses --keep with and without the package manager’s --', () => {
    expect(parseOptions(['--keep'])).to.deep.equal({ keep: true });
    expect(parseOptions(['--', '--keep'])).to.deep.equal({ keep: true });
  });

  it('rejects unknown arguments', () => {
    expect(() => parseOptions(['--kep'])).to.throw('Unknown option --kep');
  });
});
