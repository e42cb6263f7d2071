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

  it('forgets what is in a scope with the scope, unless it is known from elsewhere too', () => {
    const secrets = new SecretRegistry();
    const text = 'key-of-today and key-of-always and KEY-OF-TODAY'.replace('KEY-OF-TODAY', btoa('key-of-today'));
    secrets.add('key-of-always');
    const scopes = [secrets.scope(), secrets.scope()];
    scopes[0]?.addAll(['key-of-today', 'key-of-always', null]);
    scopes[1]?.add('key-of-today');
    scopes[1]?.add('key-of-today');

    scopes[0]?.dispose();
    scopes[0]?.dispose();
    const whileHeld = secrets.redact(text);
    scopes[1]?.dispose();

    expect(whileHeld).to.equal('******** and ******** and ********');
    expect(secrets.redact(text)).to.equal(text.replace('key-of-always', '********'));
  });

  it('finds a secret also as JSON writes it', () => {
    const secrets = new SecretRegistry();
    const secret = 'quo"te\nline';
    secrets.add(secret);
    expect(secrets.redact(JSON.stringify({ secret }))).to.equal('{"secret":"********"}');
  });

  const FORMS: readonly (readonly [string, string, (secret: string) => string])[] = [
    [
      'in JSON within JSON within JSON',
      'quo"te\\s\nline',
      (secret) => JSON.stringify(JSON.stringify(JSON.stringify(secret))),
    ],
    [
      'in JSON of ASCII alone',
      'pässwörd',
      (secret) => secret.replace(/ä|ö/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
    ],
    ['in an address', 'p@ss word/€', (secret) => `https://user:${encodeURIComponent(secret)}@host`],
    ['in Base64', 'user:pass+word', (secret) => `Basic ${Buffer.from(secret).toString('base64')}`],
    ['in Base64 of addresses', 'ÿþ~?secret', (secret) => Buffer.from(secret).toString('base64url')],
    ['within a longer word', 's3cret', (secret) => `pre${secret}post`],
    [
      'one line of several',
      '-----BEGIN KEY-----\nMIIEpAIBAAKC\r\nAQEA75zb\n-----END KEY-----',
      () => '12:04 | AQEA75zb',
    ],
    ['cut short', 'a-very-long-secret', () => 'found "a-very-lo...'],
    ['cut short where it also stood before', 'a-very-long-secret', (secret) => `${secret} and a-ve… (cut)`],
    ['cut short within JSON', 'quo"te"and"more', () => 'found "quo\\"te\\"...'],
  ];
  for (const [where, secret, write] of FORMS) {
    it(`finds a secret ${where}`, () => {
      const secrets = new SecretRegistry();
      secrets.add(secret);

      const text = write(secret);
      const redacted = secrets.redact(text);

      expect(redacted).to.include('********');
      expect(redacted.replace(/\*+/, '').length).to.be.lessThan(text.length - 3);
      for (const part of text.matchAll(/a-ve|quo|AQEA|s3cret|pass|wörd|_34/g)) expect(redacted).to.not.include(part[0]);
    });
  }

  it('leaves words that only begin as a secret does', () => {
    const secrets = new SecretRegistry();
    secrets.add('waiting-for-godot');
    expect(secrets.redact('waiting... and waiting-for you')).to.equal('********... and waiting-for you');
    expect(secrets.redact('it is waiting')).to.equal('it is waiting');
  });

  it('takes secrets out of JSON that stays JSON', () => {
    const secrets = new SecretRegistry();
    secrets.addAll({ deep: [{ pin: 12345 }, 'true'], none: null });

    expect(secrets.redactJson({ a: ['is 12345', 12345, 1234, true], true: null })).to.deep.equal({
      a: ['is ********', '********', 1234, true],
      '********': null,
    });
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
