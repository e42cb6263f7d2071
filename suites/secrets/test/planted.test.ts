import { expect } from 'chai';
import { leaksIn, NUMBER, PLANTED, SHORT } from '../src/planted.js';

const WRITTEN: readonly (readonly [string, (secret: string) => string])[] = [
  ['as it is', (secret) => secret],
  ['within a text', (secret) => `a${secret}b`],
  ['in JSON', (secret) => JSON.stringify(JSON.stringify({ secret }))],
  ['in an address', (secret) => `https://x?y=${encodeURIComponent(secret)}`],
  ['in Base64', (secret) => Buffer.from(secret).toString('base64')],
  ['as a password in Base64', (secret) => Buffer.from(`user:${secret}`).toString('base64')],
  ['cut short', (secret) => `${secret.slice(0, 8)}...`],
  ['line by line', (secret) => secret.split('\n').at(-1) ?? ''],
];

describe('the search for planted secrets', () => {
  for (const [how, write] of WRITTEN) {
    it(`finds each, written ${how}`, () => {
      for (const secret of Object.values(PLANTED)) expect(leaksIn(write(secret)), secret).to.have.length.above(0);
    });
  }

  it('finds the short one and the number, and nothing in what is hidden', () => {
    expect(leaksIn(`x ${SHORT} y`)).to.have.length(1);
    expect(leaksIn(`x ${NUMBER} y`)).to.have.length(1);
    expect(leaksIn('found ********... in ********')).to.deep.equal([]);
  });
});
