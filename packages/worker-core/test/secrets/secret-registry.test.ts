import { expect } from 'chai';
import fc from 'fast-check';
import { SecretRegistry } from '../../src/secrets/secret-registry.js';

describe('SecretRegistry', () => {
  it('takes every known secret out of a text, the longest first', () => {
    const secrets = new SecretRegistry();
    secrets.add('hush');
    secrets.add('hush-hush');
    expect(secrets.redact('a hush-hush b hush c')).to.equal('a ******** b ******** c');
  });

  it('finds a secret also as JSON writes it', () => {
    const secrets = new SecretRegistry();
    const secret = 'quo"te\nline';
    secrets.add(secret);
    expect(secrets.redact(JSON.stringify({ secret }))).to.equal('{"secret":"********"}');
  });

  it('does not keep what would garble every text', () => {
    const secrets = new SecretRegistry();
    for (const value of ['', 'a', 'abc']) secrets.add(value);
    expect(secrets.redact('abc a')).to.equal('abc a');
  });

  it('takes up a secret that it learns later', () => {
    const secrets = new SecretRegistry();
    expect(secrets.redact('late-one')).to.equal('late-one');
    secrets.add('late-one');
    expect(secrets.redact('late-one')).to.equal('********');
  });

  it('leaves no secret in any text', () => {
    const secret = fc.string({ minLength: 4, maxLength: 12 }).filter((value) => !value.includes('*'));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        const secrets = new SecretRegistry();
        secrets.add(value);
        expect(secrets.redact(`${before}${value}${after}`)).to.not.include(value);
      }),
    );
  });
});
