import { expect } from 'chai';
import { defaultImage } from '../../src/utilities/default-image.js';

describe('defaultImage', () => {
  it("is Prefect's own image of the version", () => {
    expect(defaultImage('3.8.8', '3.11')).to.equal('prefecthq/prefect:3.8.8-python3.11');
    expect(defaultImage('3.8.8', '3.13')).to.equal('prefecthq/prefect:3.8.8-python3.13');
  });

  it('is the development image of its commit for an unreleased version', () => {
    expect(defaultImage('3.8.8+12.gabcdef0', '3.11')).to.equal('prefecthq/prefect-dev:sha-abcdef0-python3.11');
  });
});
