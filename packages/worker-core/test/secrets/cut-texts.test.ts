import { expect } from 'chai';
import { SecretRegistry } from '../../src/secrets/secret-registry.js';

const SECRET = 'a-vé"ry/€é l0ng s3cret+ü';

const MARKS = [
  ...['...', '…', '..', '....', '⋯', '[...]', '[…]', '(...)', ' ...', '"...', '\\"…', "'... 12 more characters"],
  ...['... [truncated]', '… (cut)', ' [truncated]', '[TRUNCATED]', '<snip>', ' (123 more bytes)', '[+12 chars]'],
  ...[' {12 bytes omitted}', ' ...<truncated>', '\\u2026', '&hellip;', '%E2%80%A6', '…\n'],
  ...[
    '\n[output was truncated]',
    ' -- snip --',
    ' --- truncated ---',
    '***cut***',
    ' ## 12 lines skipped ##',
    '[...snip...]',
  ],
];

const WRITTEN: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'in JSON': (secret) => JSON.stringify(secret).slice(1, -1),
  'in JSON of ASCII': (secret) =>
    JSON.stringify(secret).slice(1, -1).replaceAll('é', '\\u00e9').replace('€', '\\u20ac').replace('ü', '\\u00fc'),
  'percent-encoded': encodeURIComponent,
  'in HTML': (secret) => secret.replace('"', '&quot;'),
  'in Base64': (secret) => Buffer.from(`:${secret}`).toString('base64'),
  'in hexadecimal digits': (secret) => Buffer.from(secret).toString('hex'),
};

describe('a text that was truncated within a secret', () => {
  const secrets = new SecretRegistry();
  secrets.add(SECRET);

  for (const [how, write] of Object.entries(WRITTEN)) {
    it(`reveals nothing of a secret written ${how}, at any position and with any mark`, () => {
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

  it('reveals no digit of truncated Base64', () => {
    const own = new SecretRegistry();
    own.add('s3cret-plum-tree');
    const whole = Buffer.from('user:s3cret-plum-tree').toString('base64');
    for (let length = 13; length < 24; length += 1)
      expect(own.redact(`Basic ${whole.slice(0, length)}...`)).to.equal('Basic dXNlcj********...');
    expect(own.redact(`Basic ${whole.slice(0, 20)} then`)).to.equal(`Basic ${whole.slice(0, 20)} then`);
  });

  it('reveals nothing if the secret also occurs before', () => {
    expect(secrets.redact(`${SECRET} and a-vé"ry/€é l0… (cut) and a-vé...`)).to.equal(
      '******** and ********… (cut) and ********...',
    );
  });

  it('reveals nothing of a token that is mostly complete, without any mark', () => {
    const own = new SecretRegistry();
    own.add('ghp4aB7cD9eF2gH5iJ8k');
    expect(own.redact('token ghp4aB7cD9eF2gH, then more')).to.equal('token ********, then more');
    expect(own.redact('token ghp4aB7cD')).to.equal('token ********');
    expect(own.redact('token ghp4aB7cD, then')).to.equal('token ghp4aB7cD, then');
  });

  it('keeps the beginning of a token at the end of a window of a long text', () => {
    const own = new SecretRegistry();
    own.add('ghp4aB7cD9eF2gH5iJ8k');
    for (let before = 65_520; before < 65_536; before += 1) {
      const text = `${'-'.repeat(before)}ghp4aB7cD9${'-'.repeat(70_000)}`;
      expect(own.redact(text) === text, String(before)).to.equal(true);
    }
  });

  it('reveals nothing of a secret that contains a mark', () => {
    const own = new SecretRegistry();
    own.add('first...second...third');
    expect(own.redact('a first...second... b')).to.equal('a ********... b');
    expect(own.redact('a first...sec... b')).to.equal('a ********... b');
  });

  it('reveals nothing of a long beginning within a word', () => {
    const own = new SecretRegistry();
    own.add('plumtreegarden');
    expect(own.redact('appleplumtreeg...')).to.equal('apple********...');
    expect(own.redact('appleplum...')).to.equal('appleplum...');
  });

  it('keeps words that only begin like a secret', () => {
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

  it('keeps text at some distance from a mark, or next to something that is not a mark', () => {
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
