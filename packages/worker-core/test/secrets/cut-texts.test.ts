import { expect } from 'chai';
import { SecretRegistry } from '../../src/secrets/secret-registry.js';

const SECRET = 'a-very/l0ng"s3cret+ü';

const MARKS = [
  ...['...', '…', '..', '....', '⋯', '[...]', '[…]', '(...)', ' ...', '"...', '\\"…', "'... 12 more characters"],
  ...['... [truncated]', '… (cut)', ' [truncated]', '[TRUNCATED]', '<snip>', ' (123 more bytes)', '[+12 chars]'],
  ...[' {12 bytes omitted}', ' ...<truncated>', '\\u2026', '&hellip;', '%E2%80%A6', '…\n'],
];

const WRITTEN: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'in JSON': (secret) => JSON.stringify(secret).slice(1, -1),
  'in JSON of ASCII': (secret) => JSON.stringify(secret).slice(1, -1).replace('ü', '\\u00fc'),
  'percent-encoded': encodeURIComponent,
  'in HTML': (secret) => secret.replace('"', '&quot;'),
  'in Base64': (secret) => Buffer.from(`:${secret}`).toString('base64'),
  'in hexadecimal digits': (secret) => Buffer.from(secret).toString('hex'),
};

describe('a text that was cut within a secret', () => {
  const secrets = new SecretRegistry();
  secrets.add(SECRET);

  for (const [how, write] of Object.entries(WRITTEN)) {
    it(`shows nothing of it, written ${how}, wherever and with whatever mark`, () => {
      const whole = write(SECRET);
      const fewest = write(SECRET.slice(0, 5)).length;
      for (const mark of MARKS)
        for (let length = fewest; length < whole.length; length += 1) {
          const redacted = secrets.redact(`found: ${whole.slice(0, length)}${mark}`);
          const left = redacted.replace(/\*{8}.*$/s, '').slice('found: '.length);
          expect(redacted, `${whole.slice(0, length)}${mark}`).to.include('********');
          expect(left.length, redacted).to.be.at.most(3);
        }
    });
  }

  it('shows nothing of it where the secret also stands before', () => {
    expect(secrets.redact(`${SECRET} and a-very/l0… (cut) and a-ve...`)).to.equal(
      '******** and ********… (cut) and ********...',
    );
  });

  it('shows nothing of a token whose most part is left, with no mark at all', () => {
    const own = new SecretRegistry();
    own.add('ghp4aB7cD9eF2gH5iJ8k');
    expect(own.redact('token ghp4aB7cD9eF2gH, then more')).to.equal('token ********, then more');
    expect(own.redact('token ghp4aB7cD')).to.equal('token ********');
    expect(own.redact('token ghp4aB7cD, then')).to.equal('token ghp4aB7cD, then');
  });

  it('keeps words that only begin as a secret does', () => {
    const own = new SecretRegistry();
    own.add('waiting-for-godot');
    own.add('test-1-2-3');
    own.add('production-key');
    expect(own.redact('waiting... and waiting-for you')).to.equal('********... and waiting-for you');
    expect(own.redact('it is waiting')).to.equal('it is waiting');
    expect(own.redact('Running a test... on the latest...')).to.equal('Running a test... on the latest...');
    expect(own.redact('Deploying to production...')).to.equal('Deploying to production...');
    expect(own.redact('Connected to production-k')).to.equal('Connected to production-k');
    expect(own.redact('awaiting-for... (more of it)')).to.equal('a********... (more of it)');
  });

  it('keeps what stands at some distance from a mark, or by what is no mark', () => {
    for (const text of [
      'a-very, ...',
      'a-very.',
      'a-very. Then',
      'a-very (see there)',
      'a-very [2 of 3]',
      'a-very (5)',
    ])
      expect(secrets.redact(text)).to.equal(text);
  });
});
