import { expect } from 'chai';
import { SecretRegistry } from '../../src/secrets/secret-registry.js';

function redactedWith(secret: string, text: string): string {
  const secrets = new SecretRegistry();
  secrets.add(secret);
  return secrets.redact(text);
}

describe('texts with short secrets', () => {
  it('keep common words, numbers and regions', () => {
    for (const word of ['test', 'true', 'TRUE', 'admin', 'password', '8080', '2026', 'us-east-1', ' null\n'])
      for (const text of [`the latest ${word} is ${word.trim()}`, `${word}...`, `"${word}"`, `a ${word}`])
        expect(redactedWith(word, text)).to.equal(text);
  });

  it('keep values shorter than four characters', () => {
    for (const value of ['', 'a', 'abc', '   ', 'a  ', ' a b c '])
      expect(redactedWith(value, 'abc a b c  a   ')).to.equal('abc a b c  a   ');
  });

  it('keep rules and blanks', () => {
    for (const value of ['----', '====', '-=-=-=', '....', '      ', '\n\n\n\n\n'])
      expect(redactedWith(value, `a${value}b${value}${value}`)).to.equal(`a${value}b${value}${value}`);
  });

  it('lose a plain word only if it stands alone', () => {
    expect(redactedWith('plum', 'a plum, plums, aplum, plum_tree, PLUM, (plum) "plum"\nplum')).to.equal(
      'a ********, plums, aplum, plum_tree, PLUM, (********) "********"\n********',
    );
    expect(redactedWith('Elephant', 'Elephants and Elephant')).to.equal('Elephants and ********');
    expect(redactedWith('PLUMTREE', 'PLUMTREES and PLUMTREE')).to.equal('PLUMTREES and ********');
    expect(redactedWith('plum', 'plumö öplum')).to.equal('plumö öplum');
    expect(redactedWith('über', 'überall über')).to.equal('überall ********');
  });

  it('lose a plain word also in JSON, URLs and Base64', () => {
    expect(redactedWith('plum', '"a\\nplum\\n" user:plum@host %22plum%22')).to.equal(
      '"a\\n********\\n" user:********@host %22********%22',
    );
    expect(redactedWith('plum', `Basic ${Buffer.from('user:plum').toString('base64')}`)).to.match(
      /^Basic dXNlcj\*{8}$/,
    );
    for (const text of ['some plums', 'aplum', 'my aplum', 'an aplum'])
      expect(redactedWith('plum', Buffer.from(text).toString('base64')), text).to.not.include('*');
  });

  it('lose a short number only if it stands alone', () => {
    expect(redactedWith('73501', 'pin 73501, at 1735012, 73501ms')).to.equal('pin ********, at 1735012, 73501ms');
    expect(redactedWith('86753099', 'x86753099y')).to.equal('x********y');
  });

  it('lose a short mix of letters and digits only between word boundaries', () => {
    expect(redactedWith('q7_Z', 'q7_Z, SHORT=q7_Z, aq7_Z, q7_Zb')).to.equal('********, SHORT=********, aq7_Z, q7_Zb');
    expect(redactedWith('s3cret', 'pres3cretpost')).to.equal('pre********post');
    expect(redactedWith('+a!b+', 'x+a!b+y')).to.equal('x********y');
  });

  it('lose a word of a script without spaces at any position', () => {
    expect(redactedWith('合言葉です', 'これは合言葉ですよ')).to.equal('これは********よ');
  });

  it('lose a shorter secret where a longer one may not be redacted', () => {
    const secrets = new SecretRegistry();
    secrets.add('x-abc');
    secrets.add('-abc');
    expect(secrets.redact('ax-abc')).to.equal('ax********');
  });
});
