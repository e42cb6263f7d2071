import { expect } from 'chai';
import { secretsOfAddress, shownAddress } from '../../src/secrets/address.js';

describe('a URL with user and password', () => {
  for (const [address, shown, secrets] of [
    ['http://host:4200/api', 'http://host:4200/api', []],
    ['http://user:pass@host/api', 'http://host/api', ['pass']],
    ['http://user:p%2Fs@host/api', 'http://host/api', ['p%2Fs', 'p/s']],
    ['http://user@host/api', 'http://host/api', []],
    ['http://user:12/34@host/api', 'http://…@host/api', ['12/34']],
    ['http://user:p#ss?@host/api', 'http://…@host/api', ['p#ss?']],
    ['http://../user:pass@host/api', 'http://…@host/api', ['pass']],
    ['user:pass@host/api', '…@host/api', []],
  ] as const)
    it(`${address} is shown as ${shown}, with ${secrets.length} secrets`, () => {
      expect(shownAddress(address)).to.equal(shown);
      expect(secretsOfAddress(address)).to.deep.equal(secrets);
    });
});
